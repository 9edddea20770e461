"""Tables of visits: the templates a posyandu or an office fills in with a spreadsheet, and reading them back."""
