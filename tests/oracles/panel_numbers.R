# Panels with a number of the authorities in every period, by lme4: numbers carried in test_panel_numbers.py.
#   python -m tests.oracles.test_panel_numbers looked_after > one.csv
#   python -m tests.oracles.test_panel_numbers made_up > two.csv; Rscript tests/oracles/panel_numbers.R one.csv two.csv
# R 4.2.2, lme4 1.1-31 (Debian). z is the number, standardised over authorities. Slopes of z are random by year around the
# fixed one, which is what slopes that sum to zero with one sd are.
suppressMessages(library(lme4))
told <- function(name, fit) {
  s <- summary(fit)$coefficients["post", 1:2]
  r <- ranef(fit, condVar = TRUE)$y; v <- attr(r, "postVar"); k <- nrow(r)
  cat(sprintf("%s post %.5f (%.5f)\n", name, s[1], s[2]))
  cat(sprintf("%s slope, last less first year %.5f (%.5f)\n", name, r[k, 1] - r[1, 1], sqrt(v[1, 1, k] + v[1, 1, 1])))
  cat(sprintf("%s sd of slopes %.5f\n", name, attr(VarCorr(fit)$y, "stddev")))
}
read <- function(path) { d <- read.csv(path); d$y <- factor(d$year); d }
one <- read(commandArgs(TRUE)[1]); two <- read(commandArgs(TRUE)[2])
told("looked after, with", lmer(rate ~ y + ever + post + z + (1 | la) + (0 + z | y), one))
m <- summary(lmer(rate ~ y + ever + post + (1 | la), one))$coefficients["post", ]
cat(sprintf("looked after, without: post %.5f (%.5f)\n", m[1], m[2]))
told("made up, with", glmer(cbind(events, children - events) ~ y + ever + post + z + (1 | la) + (0 + z | y), two, binomial))
m <- summary(glmer(cbind(events, children - events) ~ y + ever + post + (1 | la), two, binomial))$coefficients["post", ]
cat(sprintf("made up, without: post %.5f (%.5f)\n", m[1], m[2]))
