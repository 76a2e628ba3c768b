"""An organisation's evaluation of its own work: one value, told as page, PDF, CSV and spreadsheet."""
