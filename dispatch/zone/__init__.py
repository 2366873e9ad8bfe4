"""What a sender's domain says about its mail in the DNS, judged; asking is left to `online`."""
