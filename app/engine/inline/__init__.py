"""Editing in place: a fact of a record turns into its input where it stands, and is saved alone.

A package gives each of its kinds a `Sheet`: how the fields are shown, which form reads them and which action
saves them, the same as for the whole form. What somebody else saved meanwhile in the same field is shown
beside what was typed, with who did it; nothing is overwritten unseen. Each edit is a change set of its own.
"""
