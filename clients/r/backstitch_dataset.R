# Pulls Backstitch's dataset into a data frame; base R 4.0 or later, no package needed.
#
#   source("backstitch_dataset.R")
#   frame <- backstitch_rows(URL, TOKEN, "referrals")
#
# `table` is "referrals", "journeys" or "tables". Without `release`, rows are those of all releases, which add up, and
# tables are the newest's; with the id of one (or "latest"), all is of that release. Columns are those that were agreed
# for your project. Empty cells are NA; a count that was withheld is one, and `status` says why.

backstitch_rows <- function(url, token, table = "referrals", release = NULL) {
  part <- if (is.null(release)) "" else paste0("/releases/", release)
  address <- paste0(sub("/+$", "", url), "/dataset/v1", part, "/rows/", table, ".csv")
  from <- base::url(address, headers = c(Authorization = paste("Bearer", token)), method = "libcurl")
  frame <- read.csv(from, colClasses = "character", na.strings = "", check.names = FALSE, encoding = "UTF-8")
  if ("people" %in% names(frame)) {
    frame$people[frame$people %in% "*"] <- NA # a count that was withheld, by the rule of HES
    frame$people <- as.integer(frame$people)
  }
  frame
}

# Writes one file of a release ("dictionary.html", "risk-report.html", "data/outcomes.parquet") and returns its path.
# R 4.5 and later also hold it against `sha256`, which is in the release's manifest.json.
backstitch_file <- function(url, token, name, to = basename(name), release = "latest", sha256 = NULL) {
  address <- paste0(sub("/+$", "", url), "/dataset/v1/releases/", release, "/files/", name)
  download.file(address, to, mode = "wb", quiet = TRUE, method = "libcurl",
                headers = c(Authorization = paste("Bearer", token)))
  if (!is.null(sha256)) {
    if (!exists("sha256sum", asNamespace("tools"))) stop("This R cannot check sums: use R 4.5 or later.")
    if (unname(tools::sha256sum(to)) != sha256) {
      unlink(to)
      stop(name, " is not what its manifest says: it was taken away again.")
    }
  }
  to
}
