"""Mobile JKN, played: on command it calls a facility's own Antrean addresses, as BPJS does, and keeps what was said.

`endpoints` remembers where each facility is called and with which account, `particulars` makes up what a patient
would have typed, `calling` is the conversation.
"""
