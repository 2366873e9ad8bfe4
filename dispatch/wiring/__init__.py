"""The composition root: settings become live objects, once.

Here files are found and read for the floors below, which take bytes, and here the clock and chance come from.
"""
