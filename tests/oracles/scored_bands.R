# Children with a number as it is, by lme4: what test_scored_bands.py holds bands with a slope against.
#   python -m tests.oracles.test_scored_bands normal > one.csv; python -m tests.oracles.test_scored_bands skewed > two.csv
#   Rscript tests/oracles/scored_bands.R one.csv two.csv; R 4.2.2, lme4 1.1-31 (Debian)
suppressMessages(library(lme4))
for (path in commandArgs(TRUE)) {
  d <- read.csv(path); d$t <- factor(d$year)
  b <- summary(glmer(again ~ t + ever + post + x + (1 | la), d, binomial, nAGQ = 1, control = glmerControl("bobyqa")))$coefficients
  l <- summary(lmer(value ~ t + ever + post + x + (1 | la), d))$coefficients
  for (name in c("post", "x")) cat(sprintf("%s %s: again %.5f (%.5f), value %.5f (%.5f)\n", path, name, b[name, 1], b[name, 2], l[name, 1], l[name, 2]))
  b <- summary(glmer(again ~ t + ever + post + (1 | la), d, binomial))$coefficients
  cat(sprintf("%s without x: post %.5f (%.5f)\n", path, b["post", 1], b["post", 2]))
}
