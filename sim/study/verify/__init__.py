"""Whether gridgov does what it says: engines against queueing theory, against each other, and against the invariants.

``random_plans`` draws Plans over every primitive, written by ``rows``; ``agreement`` runs one of them by both engines. ``answers`` holds the
known answers of queueing theory, ``stations`` simulates their models as scenarios, ``theory`` compares.
"""
