"""The subcommands of ``lead-router``, one module each; ``app.cli`` names them."""
