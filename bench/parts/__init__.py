"""Which parts does the bench have? One module each; :mod:`bench.runner` lists them."""
