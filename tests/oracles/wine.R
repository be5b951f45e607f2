# The posterior of a mixed model of cumulative log-odds on ordinal::wine by importance sampling, in plain R: the prior of
# tests/oracles/agreement.py (WIDE) term by term, judges by Gauss-Hermite quadrature. Rscript wine.R; R 4.2.2, ordinal
# 2022.11-16. Printed: effective 34076 of 195723 draws, then the means and sds carried in test_ordinal.py.
suppressMessages(library(ordinal))
w <- ordinal::wine
w$ever <- as.integer(as.character(w$judge)) <= 4
w$late <- w$temp == "warm"
m <- clmm(rating ~ ever * late + contact + (1 | judge), w)
mean <- c(coef(m), log(unlist(m$ST)))
set.seed(1)
n <- 2e5; d <- 9; df <- 5
z <- sweep(matrix(rnorm(n * d), d), 2, sqrt(df / rchisq(n, df)), "*")
x <- t(mean + t(chol(1.5 * vcov(m))) %*% z)
log.proposal <- -(df + d) / 2 * log1p(colSums(z^2) / df)
rising <- apply(x[, 1:4], 1, function(a) all(diff(a) > 0))
x <- x[rising, ]; log.proposal <- log.proposal[rising]
a <- x[, 1:4]; late <- x[, 6]; contact <- x[, 7]; sd <- exp(x[, 9])

hermite <- function(k) { # nodes and weights of a standard normal, by Golub and Welsch
  i <- 1:(k - 1); J <- matrix(0, k, k); J[cbind(i, i + 1)] <- J[cbind(i + 1, i)] <- sqrt(i)
  e <- eigen(J); list(x = e$values, w = e$vectors[1, ]^2)
}
h <- hermite(25)
y <- as.integer(w$rating)
eta <- x[, 5:8] %*% t(cbind(w$ever, w$late, w$contact == "yes", w$ever & w$late))
cuts <- cbind(-Inf, a, Inf)
value <- 0
for (judge in levels(w$judge)) {
  at <- which(w$judge == judge)
  node <- sapply(h$x, function(u) {
    e <- eta[, at] + sd * u
    rowSums(log(plogis(cuts[, y[at] + 1] - e) - plogis(cuts[, y[at]] - e)))
  })
  top <- apply(node, 1, max)
  value <- value + top + log(c(exp(node - top) %*% h$w))
}
centre <- rowMeans(a)
prior <- dnorm(late / 2 + contact / 2 - centre, 0, 30, TRUE) - rowSums((a - centre)^2) / (2 * 10^2) +
  dnorm(x[, 5], 0, 10, TRUE) + dnorm(late, 0, 10 * sqrt(2), TRUE) + dnorm(contact, 0, 10 * sqrt(2), TRUE) +
  dnorm(x[, 8], 0, 10, TRUE) + dnorm(sd, 0, 5, TRUE) + x[, 9]
for (g in 1:3) prior <- prior + log(-expm1(-(a[, g + 1] - a[, g])))
p <- value + prior - log.proposal
p <- exp(p - max(p)); p <- p / sum(p)
cat("effective", 1 / sum(p^2), "of", length(p), "draws\n")
show <- function(name, v) cat(sprintf("%-20s %.4f (%.4f)\n", name, sum(p * v), sqrt(sum(p * v^2) - sum(p * v)^2)))
show("contact", contact); show("warm", late); show("start", x[, 8]); show("ever", x[, 5])
for (g in 2:4) show(paste("cutpoint", g), a[, g] - a[, 1])
show("sd of judges", sd)
