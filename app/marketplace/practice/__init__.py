"""The practice marketplace: the same contract on loopback, to train and to test against."""
