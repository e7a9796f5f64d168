"""Lead router: a lead goes in, a rep comes out, and the record says why."""
