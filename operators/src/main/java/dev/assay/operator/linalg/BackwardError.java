package dev.assay.operator.linalg;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;

/// How far factors, put together again, may be from the matrix they come from.
///
/// Two kinds of algorithm are told apart.
///
/// *Elimination* (LU, Cholesky, triangular systems): each element of a factor is `(a - Σ l·u) / p`, so
/// that put together again the sum differs from `a` by its own roundings only, whatever came before:
/// Higham, Accuracy and Stability of Numerical Algorithms, 2002, theorems 8.5, 9.3 and 10.3, `|ΔA| <= γ
/// |L||U|`. The constant here is not the worst case `γ` but what roundings in any order come to at
/// random, as [Accumulation] has it, with the worst case as the ceiling. The partial sums run from `a`
/// to `l·u` of the last term: their expected squares are those of a bridge between the two.
///
/// *Orthogonal transformations* (QR, eigenvalues, singular values): theorem 19.4 and section 19.5 of
/// the same book, errors of a column in proportion to its norm. Its `γ̃ = c m n u` is a worst case,
/// too, and its constant not told; roundings at random come to `sqrt(n)` in place of `n` in every
/// element (Connolly and Higham, Probabilistic rounding error analysis of Householder QR factorization,
/// SIAM J. Matrix Anal. Appl. 44, 2023). The constants below count the roundings of one transformation
/// of an element.
final class BackwardError {
    /// Variance that one reflection or rotation adds to an element, in units of `(c u)² ‖a‖²`: the
    /// element's own
    /// rounding
    /// (1), the inner product's share in it (1), and the three roundings of the factors that multiply it.
    private static final double OF_STEP = 5;
    /// Transformations of a row or column in the search for eigenvalues: reduction to tridiagonal form
    /// from both sides takes 2 to an element and order, implicit QL about 2 sweeps of rotations to an
    /// eigenvalue (Parlett, The Symmetric Eigenvalue Problem, 1998, section 8.15), Jacobi's method up
    /// to 10 sweeps of rotations: at most 10 in units of the order, from either side.
    private static final double STEPS_OF_EIGENVALUES = 20;

    private final ComputeContract contract;
    private final DType dtype;
    private final double unit;
    private final double operandUnit;

    BackwardError(ComputeContract contract, DType dtype) {
        this.contract = contract;
        this.dtype = dtype;
        DType sums = contract.accumulatorType(dtype);
        DType working = contract.intermediates().orElse(sums);
        double coarsest = Math.max(Math.max(sums.unitRoundoff(), working.unitRoundoff()), dtype.unitRoundoff());
        boolean rounded = InputRoundings.changes(contract, dtype);
        this.operandUnit = rounded
                ? RuleConstants.roundingRms()
                        * Math.scalb(1.0, -contract.inputs().precision())
                : 0;
        boolean truncates = contract.accumulatorRounding() == ComputeContract.Rounding.TOWARD_ZERO;
        // Cutting off errs twice as much and one way.
        this.unit = RuleConstants.roundingRms() * coarsest * (truncates ? 4 : 1)
                + (rounded ? operandUnit * Math.sqrt(2) : 0);
    }

    /// Unit roundoff of the outputs and of what they are worked out in, whichever is larger.
    double unit() {
        return unit / RuleConstants.roundingRms();
    }

    /// Sets the error of an element of the product of two factors.
    ///
    /// @param a the matrix's own element
    /// @param last the product's last term, the one with the pivot
    /// @param squares sum of the squares of all terms
    /// @param terms how many there are
    void ofElimination(double a, double last, double squares, int terms, ExpectedBlock into, int to) {
        if (!Double.isFinite(squares) || !Double.isFinite(a)) {
            into.allow(to, 0, Double.MIN_NORMAL);
            return;
        }
        int count = terms + 1;
        Accumulation sums = new Accumulation(contract, dtype, count);
        // ∫ (a + (last - a) t)² dt = (a² + a·last + last²) / 3 <= (a² + last²) / 2; Accumulation takes y² / 3.
        double y = Math.sqrt(1.5 * (a * a + last * last));
        double q = squares + a * a;
        double variance = sums.variance(y, q + y * y / count);
        // Divided, multiplied by a reciprocal, or a root; and both factors are rounded to the outputs' type.
        double stored = RuleConstants.roundingRms() * dtype.unitRoundoff();
        double divided = Math.max(1, 2 * contract.divideUlps()) * unit;
        variance += 2 * squares * stored * stored + 4 * last * last * divided * divided;
        variance += 2 * operandUnit * operandUnit * q;
        double certain = sums.coherent(y, q) + sums.underflow() + count * dtype.minNormal() * dtype.unitRoundoff();
        into.allow(to, Math.sqrt(variance), certain);
        into.mark(to, ExpectedBlock.GUARDED);
    }

    /// Sets the error of an element that took part in orthogonal transformations.
    ///
    /// @param size norm of what was transformed: of a column; 1 for orthonormal vectors
    /// @param steps how many transformations: the order
    void ofReflections(double size, long steps, ExpectedBlock into, int to) {
        // Once for the triangular factor and once for the orthogonal one.
        put(size * unit * Math.sqrt(2 * OF_STEP * (steps + 1)), into, to);
    }

    /// Sets the error of an eigenvalue, or of an element of what eigenvectors come to.
    ///
    /// By Weyl's theorem an eigenvalue moves by no more than the norm of the perturbation.
    ///
    /// @param size largest magnitude of an eigenvalue; 1 for orthonormal vectors
    void ofEigenvalues(double size, long order, ExpectedBlock into, int to) {
        put(size * unit * Math.sqrt(2 * OF_STEP * (STEPS_OF_EIGENVALUES * order + 1)), into, to);
    }

    private void put(double sigma, ExpectedBlock into, int to) {
        into.allow(to, sigma, dtype.minNormal());
        into.mark(to, ExpectedBlock.GUARDED);
    }
}
