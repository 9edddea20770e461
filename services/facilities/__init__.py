"""The network of care of a district, and who may enter it.

Owns the areas (province to village), the facilities with all their codes, the catchments that say which puskesmas
answers for a village on a day; the client applications and staff accounts; the token endpoint with its signing keys.
Others learn of changes from its feed (`facility`, `area`, `catchment`) and verify its tokens by its published keys.
"""
