package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;

/// Tecorigin's teco-ops: each error measure is at most twice a GPU's, or at most 1e-6, both against a CPU's result.
///
/// Measures are diff1, diff2 and diff3 (its maximum) as in Cambricon's evaluator, from which this one comes; which of
/// them a test asks for stands in configuration that is not public, and all three are asked here. The GPU is our
/// emulation of a plain implementation. The measure is the largest ratio of an error to what is allowed.
///
/// Where device and GPU are both NaN, or equal infinities, both *and the CPU's value* are set to zero: such an element
/// passes even if the right value is finite. For half, what is below 2^-14 counts as zero on the other sides unless
/// the device's value is subnormal itself, and ±65504 stands for a GPU's infinity. Types but float and half have other
/// rules.
record Tecorigin() implements Criterion {
    private static final double FACTOR = 2;
    private static final double SMALLEST = 1e-6;
    private static final double HALF_MAX = 65504;
    private static final double HALF_NORMAL = 0x1p-14;

    /// Sums over an output for one side.
    private static final class Errors {
        double errors;
        double squares;
        double largest;

        void add(double value, double baseline, double small) {
            double error = Math.abs(value - baseline);
            errors += error;
            squares += error * error;
            largest = Math.max(largest, MluOpsExact.diff3(value, baseline, small));
        }
    }

    @Override
    public String id() {
        return "tecorigin-2x";
    }

    @Override
    public String source() {
        return "Tecorigin teco-ops test/src/case/evaluator.h at e2d7130b, golden_threshold 2, golden_eps 1e-6";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        DType dtype = comparand.dtype();
        if (dtype != DType.F32 && dtype != DType.F16) {
            return Outcome.notApplicable("no rule for " + dtype);
        }
        if (comparand.benchmark().isEmpty()) {
            return Outcome.notApplicable("no low-precision reference");
        }
        boolean half = dtype == DType.F16;
        double small = half ? 1e-4 : 1e-6;
        double[] benchmark = comparand.benchmark().get();
        Errors ours = new Errors();
        Errors other = new Errors();
        double sizes = 0;
        double squares = 0;
        for (int i = 0; i < comparand.size(); i++) {
            double device = comparand.actual(i);
            double gpu = benchmark[i];
            double baseline = comparand.reference(i);
            if (Double.isFinite(device) && Double.isFinite(gpu)) {
                boolean subnormal = device != 0 && Math.abs(device) < HALF_NORMAL;
                if (half && !subnormal) {
                    gpu = Math.abs(gpu) < HALF_NORMAL ? 0 : gpu;
                    baseline = Math.abs(baseline) < HALF_NORMAL ? 0 : baseline;
                }
                if (!Double.isFinite(baseline)) {
                    baseline = gpu;
                }
            } else if (alike(device, gpu, half)) {
                continue;
            } else {
                return Outcome.of(false, Double.POSITIVE_INFINITY, 1);
            }
            ours.add(device, baseline, small);
            other.add(gpu, baseline, small);
            sizes += Math.abs(baseline);
            squares += baseline * baseline;
        }
        double diff1 = excess(ours.errors / (sizes + MluOps.EPSILON), other.errors / (sizes + MluOps.EPSILON));
        double diff2 = excess(
                Math.sqrt(ours.squares / (squares + MluOps.EPSILON)),
                Math.sqrt(other.squares / (squares + MluOps.EPSILON)));
        double diff3 = excess(ours.largest, other.largest);
        return Outcome.atMost(Math.max(diff1, Math.max(diff2, diff3)), 1);
    }

    private static boolean alike(double device, double gpu, boolean half) {
        if (Double.isNaN(device) || Double.isNaN(gpu)) {
            return Double.isNaN(device) && Double.isNaN(gpu);
        }
        return device == gpu || (half && Double.isInfinite(gpu) && Math.abs(device) == HALF_MAX);
    }

    private static double excess(double ours, double other) {
        return ours / Math.max(FACTOR * other, SMALLEST);
    }
}
