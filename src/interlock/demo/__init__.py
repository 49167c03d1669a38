"""The document fleet: agents that read, extract, classify, summarise and file a folder of documents.

Invariants: what a document says is material, never an instruction; every answer names the tier that made it;
the same bytes under the same name give the same filed result, byte for byte; every loop over a document's
content has a limit. The functions here are pure but for reading the document itself.
"""
