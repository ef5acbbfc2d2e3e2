package dev.assay.operator.movement;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.SummationGuard;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.function.Supplier;

/// What is left of an element after several were written to its place, and how far a device may be from it.
///
/// Sums and products are taken in any order. Of n steps each errs by a unit roundoff of its result, which no partial
/// sum makes more than `Σ|t|` (Jeannerod and Rump, SIAM J. Matrix Anal. Appl. 34, 2013); that of the last step is the
/// output's own. Long sums have the error model of all sums, [Accumulation].
final class Written {
    /// Sums up to this length have their worst case as bound.
    private static final int FEW = 16;

    private final ComputeContract contract;
    private final DType dtype;
    private final Supplier<Tensor> device;
    private final DType working;
    private final double unit;
    private final double lost;
    /// Roundings of n terms that come on top of the output's own: `n - kept`.
    private final int kept;

    /// @param dtype of the output
    /// @param device what was returned
    Written(ComputeContract contract, DType dtype, Supplier<Tensor> device) {
        this.contract = contract;
        this.dtype = dtype;
        this.device = device;
        this.working = dtype.isFloat() ? new WorkingArithmetic(contract, dtype).type() : dtype;
        boolean truncates = contract.accumulatorRounding() == Rounding.TOWARD_ZERO;
        this.unit = working.unitRoundoff() * (truncates ? 2 : 1);
        this.lost = contract.flushesOutputs() || contract.flushesInputs() ? working.minNormal() : 0;
        this.kept = working == dtype ? 2 : 1;
    }

    /// @param number of the element in the output
    /// @param i of the element in the block
    void expect(Movement.Origin origin, long number, int i, ExpectedBlock into) {
        if (origin.reduction == Reduction.NONE) {
            Movement.copy(origin.updates, chosen(origin, number), i, into);
        } else if (!dtype.isFloat()) {
            into.setInteger(i, dtype.encodeLong(whole(origin)), dtype);
        } else {
            double[] terms = new double[origin.which.length + 1];
            terms[0] = origin.tensor.get(origin.index);
            for (int n = 1; n < terms.length; n++) {
                terms[n] = origin.updates.get(origin.which[n - 1]);
            }
            switch (origin.reduction) {
                case ADD -> sum(terms, i, into);
                case MUL -> product(terms, i, into);
                default -> extreme(terms, origin.reduction == Reduction.MAX, i, into);
            }
        }
    }

    /// The element that the device wrote last, if it wrote any of them.
    private long chosen(Movement.Origin origin, long number) {
        long last = origin.which[origin.which.length - 1];
        if (origin.which.length == 1) {
            return last;
        }
        Tensor got = device.get();
        long code = got.codeAt(got.position(number));
        for (long which : origin.which) {
            long written = origin.updates.codeAt(origin.updates.position(which));
            boolean same = written == code
                    || (dtype.isFloat() && Double.compare(dtype.decode(written), dtype.decode(code)) == 0);
            if (same) {
                return which;
            }
        }
        return last;
    }

    private static long integer(Tensor tensor, long number) {
        return tensor.dtype().decodeLong(tensor.codeAt(tensor.position(number)));
    }

    private long whole(Movement.Origin origin) {
        long result = integer(origin.tensor, origin.index);
        boolean unsigned = dtype.kind() != DType.Kind.SIGNED;
        for (long which : origin.which) {
            long other = integer(origin.updates, which);
            int order = unsigned ? Long.compareUnsigned(other, result) : Long.compare(other, result);
            result = switch (origin.reduction) {
                case ADD -> result + other;
                case MUL -> result * other;
                case MAX -> order > 0 ? other : result;
                case MIN -> order < 0 ? other : result;
                case NONE -> other;
            };
        }
        return result;
    }

    /// Whether two terms give a result that is rounded to the working type without harm to the output's rounding: so it
    /// is with 2p + 2 digits (Figueroa, When is double rounding innocuous?, 1995).
    private boolean onlyOutputRounds(int terms) {
        return terms == 2
                && lost == 0
                && (working == dtype || working.precision() >= 2 * dtype.precision() + 2)
                && contract.accumulatorRounding() != Rounding.TOWARD_ZERO;
    }

    private static boolean allFinite(double[] terms) {
        boolean finite = true;
        for (double term : terms) {
            finite &= Double.isFinite(term);
        }
        return finite;
    }

    private void sum(double[] terms, int i, ExpectedBlock into) {
        DoubleDouble sum = DoubleDouble.ZERO;
        double plain = 0;
        double magnitude = 0;
        double squares = 0;
        for (double term : terms) {
            sum = sum.plus(term);
            plain += term;
            magnitude += Double.isFinite(term) ? Math.abs(term) : 0;
            squares += term * term;
        }
        boolean overflows = terms.length > 2 && !(magnitude <= working.maxFinite() / 2);
        if (overflows) {
            into.mark(i, ExpectedBlock.OR_NOT_FINITE);
        }
        if (!allFinite(terms)) {
            into.values()[i] = plain;
            return;
        }
        double y = sum.hi();
        into.values()[i] = y;
        if (!Double.isFinite(y)) {
            if (overflows) {
                into.mark(i, ExpectedBlock.ANY);
            }
            return;
        }
        into.lows()[i] = sum.lo();
        if (onlyOutputRounds(terms.length)) {
            return;
        }
        double certain = (terms.length - kept) * unit * magnitude + terms.length * lost;
        if (terms.length <= FEW || working != contract.accumulatorType(dtype) || overflows) {
            into.allow(i, 0, certain);
            return;
        }
        Accumulation sums = new Accumulation(contract, dtype, terms.length);
        double sigma = Math.sqrt(sums.variance(y, squares));
        SummationGuard.Finding finding = new SummationGuard(contract, dtype).look(terms, terms.length, sigma);
        if (finding.doubtful()) {
            into.mark(i, ExpectedBlock.GUARDED);
        }
        into.allow(i, sigma, sums.deterministic(y, squares) + finding.drift() + terms.length * lost);
    }

    private void product(double[] terms, int i, ExpectedBlock into) {
        if (!allFinite(terms)) {
            double plain = 1;
            boolean underflows = false;
            for (double term : terms) {
                plain *= term;
                underflows |= Math.abs(term) < 1;
            }
            into.values()[i] = plain;
            if (Double.isInfinite(plain) && underflows) {
                // A partial product that underflows to 0 meets the infinity as NaN.
                into.mark(i, ExpectedBlock.OR_NOT_FINITE);
            }
            return;
        }
        // The mantissa's product and the exponents' sum: partial products may leave the range of f64.
        DoubleDouble mantissa = DoubleDouble.ONE;
        int exponent = 0;
        double large = 0;
        double small = 0;
        for (double term : terms) {
            if (term == 0) {
                mantissa = DoubleDouble.ZERO;
                continue;
            }
            mantissa = mantissa.times(Math.scalb(term, -power(term)));
            int size = power(mantissa.hi());
            mantissa = mantissa.scaled(-size);
            exponent += power(term) + size;
            double bits = Math.log(Math.abs(term)) / Math.log(2);
            large += Math.max(0, bits);
            small += Math.min(0, bits);
        }
        DoubleDouble product = mantissa.scaled(exponent);
        double y = product.hi();
        into.values()[i] = y;
        boolean several = terms.length > 2;
        boolean overflows = large > power(working.maxFinite());
        boolean underflows = small < power(working.minNormal());
        if (several && overflows) {
            into.mark(i, underflows || !Double.isFinite(y) ? ExpectedBlock.ANY : ExpectedBlock.OR_NOT_FINITE);
        }
        if (!Double.isFinite(y)) {
            return;
        }
        into.lows()[i] = product.lo();
        boolean tiny = Math.abs(y) < working.minNormal() && y != 0;
        if (onlyOutputRounds(terms.length) && (working == dtype || !tiny) && !(tiny && dtype == DType.F64)) {
            return;
        }
        double quantum = Math.max(lost, working.minSubnormal());
        double certain = (terms.length - kept) * unit * Math.abs(y);
        if (underflows || tiny) {
            certain += terms.length * quantum * Math.scalb(1.0, (int) Math.ceil(large));
        }
        into.allow(i, 0, certain);
    }

    private static int power(double value) {
        return value == 0 ? 0 : Math.max(Math.getExponent(value), Double.MIN_EXPONENT);
    }

    /// NaN may win or lose: Python's `max` keeps the first of two, NumPy's `maximum` the NaN, and ONNX says nothing.
    private static void extreme(double[] terms, boolean largest, int i, ExpectedBlock into) {
        double result = terms[0];
        boolean nan = false;
        for (double term : terms) {
            nan |= Double.isNaN(term);
            result = largest ? Math.max(result, term) : Math.min(result, term);
        }
        into.values()[i] = result;
        if (nan) {
            into.mark(i, ExpectedBlock.ANY);
        }
    }
}
