"""How does each system that sends leads write, sign and expect to be answered?"""
