"""MCP: the verbs as tools for language models, over streamable HTTP and stdio.

Every call goes through the `Door`. The tools' arguments come from the kernel's commands; what is said here about
a tool is data: its description, its aliases, its profile. Nothing outside this room knows the `mcp` package, and
it is imported only when MCP is served.
"""
