"""Which of the installed pipelines are loaded: at most so many on a server, and never one taken away that is in use."""
