"""Role `migrate`: makes everything that the others find: topology, schema, indexes, accounts, catalogue.

May run again at any time, and several at once: MySQL's named lock lets one at a time through.
"""

from worker.migrate.run import run

__all__ = ["run"]
