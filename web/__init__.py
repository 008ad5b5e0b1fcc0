"""What builds the page: Node and npm, the machine's own or a package's."""
