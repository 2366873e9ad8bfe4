"""The doors to the network beside SMTP; behind each, foreign answers and errors become values of ours."""
