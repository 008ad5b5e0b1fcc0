"""The installer: works off the installations that administrators have asked for. A process of its own beside the
gateway, which may not import the exporter; each installation runs in a further one, so that it can be stopped at any
moment and takes nothing along when it dies.
"""
