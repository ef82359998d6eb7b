"""The recorded run that ``convparity demo`` shows: observations of three catalogs in all frameworks, and their page.

``python -m convparity.demo.record`` makes the files, and a system test compares them with a fresh run.
"""
