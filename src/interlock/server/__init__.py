"""The plane as a server: HTTP, WebSocket, MCP, events and the console on one port.

Every call from outside becomes a command of the kernel at one place, the `Door`: who calls comes from the key
alone, what they may is checked for each call, and anything unclear is refused. Nothing here decides what a verb
does, and nothing waits for a slow client while it holds what others need.
"""
