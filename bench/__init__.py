"""How fast is it, told in ratios? ``python -m bench``; docs/performance.md says what each figure is."""
