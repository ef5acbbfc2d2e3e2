package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;
import java.util.Map;

/// Rules of the form `|actual - expected| <= atol + rtol · |expected|` for every element, with the reference rounded to
/// the output's type, for these rules compare tensors of one type. Equal infinities are close in all of them.
///
/// The measure is the largest error divided by what is allowed; it is infinite where a special value is not matched.
///
/// @param equalNan whether NaN is close to NaN
/// @param tolerances by type; a type that is not listed is not judged
record AllClose(String id, String source, boolean equalNan, Map<DType, Tolerance> tolerances) implements Criterion {

    record Tolerance(double rtol, double atol) {
        double allowed(double expected) {
            return atol + rtol * Math.abs(expected);
        }
    }

    AllClose {
        tolerances = Map.copyOf(tolerances);
    }

    /// Defaults of `torch.testing.assert_close`; `equal_nan` is false, so a NaN that belongs there fails too.
    static final AllClose TORCH = new AllClose(
            "torch-assert-close",
            "PyTorch torch/testing/_comparison.py, _DTYPE_PRECISIONS",
            false,
            Map.of(
                    DType.F16,
                    new Tolerance(1e-3, 1e-5),
                    DType.BF16,
                    new Tolerance(1.6e-2, 1e-5),
                    DType.F32,
                    new Tolerance(1.3e-6, 1e-5),
                    DType.F64,
                    new Tolerance(1e-7, 1e-7)));

    /// The runner of the ONNX backend node tests: `numpy.testing.assert_allclose` with one tolerance for all types.
    static final AllClose ONNX = new AllClose(
            "onnx-backend-test", "onnx/backend/test/runner at f7546912", true, everywhere(new Tolerance(1e-3, 1e-7)));

    /// Defaults of JAX for every device but the TPU: atol and rtol are equal.
    static final AllClose JAX = new AllClose(
            "jax-test-util",
            "JAX jax/_src/public_test_util.py, _default_tolerance and _assert_numpy_allclose",
            true,
            Map.of(
                    DType.BF16,
                    new Tolerance(1e-2, 1e-2),
                    DType.F16,
                    new Tolerance(1e-3, 1e-3),
                    DType.F32,
                    new Tolerance(1e-6, 1e-6),
                    DType.F64,
                    new Tolerance(1e-15, 1e-15)));

    /// `torch.allclose` with KernelBench's tolerance by precision, here on one set of inputs instead of five.
    static final AllClose KERNEL_BENCH = new AllClose(
            "kernelbench",
            "KernelBench src/eval.py: 1e-4 for fp32, 1e-2 for 16 bits",
            false,
            Map.of(
                    DType.F32,
                    new Tolerance(1e-4, 1e-4),
                    DType.F16,
                    new Tolerance(1e-2, 1e-2),
                    DType.BF16,
                    new Tolerance(1e-2, 1e-2)));

    /// Defaults of `triton.testing.assert_close`, made for outputs of the size of 1.
    static final AllClose TRITON = new AllClose(
            "triton", "Triton python/triton/testing.py, assert_close", true, everywhere(new Tolerance(0, 1e-2)));

    private static Map<DType, Tolerance> everywhere(Tolerance tolerance) {
        return Map.of(DType.F64, tolerance, DType.F32, tolerance, DType.F16, tolerance, DType.BF16, tolerance);
    }

    @Override
    public Outcome compare(Comparand comparand) {
        Tolerance tolerance = tolerances.get(comparand.dtype());
        if (tolerance == null) {
            return Outcome.notApplicable("no tolerance for " + comparand.dtype());
        }
        double worst = 0;
        for (int i = 0; i < comparand.size(); i++) {
            worst = Math.max(worst, excess(comparand.actual(i), comparand.rounded(i), tolerance, equalNan));
        }
        return Outcome.atMost(worst, 1);
    }

    /// Error divided by what is allowed.
    static double excess(double actual, double expected, Tolerance tolerance, boolean equalNan) {
        if (actual == expected || (equalNan && Double.isNaN(actual) && Double.isNaN(expected))) {
            return 0;
        }
        double error = Math.abs(actual - expected);
        // An infinite expectation allows an infinite error, which neither NumPy nor PyTorch lets pass.
        return Double.isFinite(error) ? error / tolerance.allowed(expected) : Double.POSITIVE_INFINITY;
    }
}
