"""Referrals over FHIR, pure: what a client's resource asks of the machine (`asks`), what the answer adds to it
(`answers`), how it keeps in step with the machine (`steps`). The flow is SATUSEHAT Rujukan's, the machine is ours."""
