"""All SQL of the referrals service, by aggregate."""
