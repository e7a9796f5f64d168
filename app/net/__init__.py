"""How are other systems called, without being led anywhere they should not be?"""
