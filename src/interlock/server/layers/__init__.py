"""What stands around the application, one concern in each file, as plain ASGI.

The order stands in one list, in `app.py`. A layer that guards refuses when it is in doubt; a layer that observes never
changes what is answered.
"""
