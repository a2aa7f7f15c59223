"""The practice marketplace: the same contract on loopback, to train and to test against."""

from app.marketplace.practice.errors import PracticeFault
from app.marketplace.practice.faults import Faults, FaultSettings
from app.marketplace.practice.server import PracticeServer
from app.marketplace.practice.serving import LoopbackServer

__all__ = ["FaultSettings", "Faults", "LoopbackServer", "PracticeFault", "PracticeServer"]
