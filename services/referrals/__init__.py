"""Closed-loop referrals between any two providers.

Owns each referral from its sending to its end: what was asked and why, whose turn it is, every step with who, when
and why. Reason, notes and advice are free text and stay here; the feed carries ids, codes and times only, from which
records shows the referral as FHIR (ServiceRequest and Task) and opens the person's record to the receiver.
"""
