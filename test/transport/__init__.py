"""A scripted server of list pages over every transport that HTTP has: see __main__.py."""
