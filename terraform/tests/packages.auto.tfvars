# Stand for the functions' zips, which a mocked provider does not read.
packages = {
  commands        = { path = "commands.zip", sha256 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
  database_scaler = { path = "database_scaler.zip", sha256 = "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
  notifications   = { path = "notifications.zip", sha256 = "CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
  overflow_relay  = { path = "overflow_relay.zip", sha256 = "DAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
  queries         = { path = "queries.zip", sha256 = "EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
  quotes          = { path = "quotes.zip", sha256 = "FAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
  users           = { path = "users.zip", sha256 = "GAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
}
