"""Our secrets in what consumes them: real servers, key readers, URL parsers, command lines, files of settings."""
