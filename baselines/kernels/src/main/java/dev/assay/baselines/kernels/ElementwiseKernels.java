package dev.assay.baselines.kernels;

import dev.assay.baselines.kernels.ElementwiseLoop.Real;
import dev.assay.baselines.kernels.ElementwiseLoop.Whole;
import dev.assay.tensor.DType;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Elementwise operators: each is a formula of one line.
final class ElementwiseKernels {
    static final Map<String, SharedKernel.Factory> ALL = all();

    private static final double SQRT_2 = Math.sqrt(2);
    private static final double GELU_ROOT = Math.sqrt(2 / Math.PI);

    private ElementwiseKernels() {}

    private static Map<String, SharedKernel.Factory> all() {
        Map<String, SharedKernel.Factory> all = new TreeMap<>();
        arithmetic(all);
        functions(all);
        activations(all);
        predicates(all);
        bits(all);
        all.put("cast", (call, arithmetic) -> CastKernel.plan(call));
        all.put("cast_like", (call, arithmetic) -> CastKernel.plan(call));
        return all;
    }

    private static void arithmetic(Map<String, SharedKernel.Factory> all) {
        put(all, "add", (x, m, a) -> m.add(x[0], x[1]), (x, t, a) -> x[0] + x[1]);
        put(all, "sub", (x, m, a) -> m.subtract(x[0], x[1]), (x, t, a) -> x[0] - x[1]);
        put(all, "mul", (x, m, a) -> m.multiply(x[0], x[1]), (x, t, a) -> x[0] * x[1]);
        put(all, "div", (x, m, a) -> m.divide(x[0], x[1]), (x, t, a) -> quotient(x[0], x[1], t));
        put(all, "neg", (x, m, a) -> -x[0], (x, t, a) -> -x[0]);
        put(all, "abs", (x, m, a) -> Math.abs(x[0]), (x, t, a) -> unsigned(t) || x[0] >= 0 ? x[0] : -x[0]);
        put(all, "min", (x, m, a) -> reduced(x, Math::min), (x, t, a) -> extreme(x, t, -1));
        put(all, "max", (x, m, a) -> reduced(x, Math::max), (x, t, a) -> extreme(x, t, 1));
        put(all, "sum", (x, m, a) -> m.sum(x, x.length));
        put(all, "mean", (x, m, a) -> m.divide(m.sum(x, x.length), x.length));
        put(all, "mod", (x, m, a) -> x[0] % x[1], (x, t, a) -> remainder(x, t, a.integer("fmod") == 1));
        put(all, "pow", (x, m, a) -> m.pow(x[0], x[1]), (x, t, a) -> power(x[0], x[1]));
        put(all, "identity", (x, m, a) -> x[0], (x, t, a) -> x[0]);
        put(all, "where", (x, m, a) -> x[0] == 0 ? x[2] : x[1], (x, t, a) -> x[0] == 0 ? x[2] : x[1]);
        all.put("clip", ElementwiseKernels::clipped);
        put(all, "floor", (x, m, a) -> Math.floor(x[0]));
        put(all, "ceil", (x, m, a) -> Math.ceil(x[0]));
        put(all, "round", (x, m, a) -> Math.rint(x[0]));
        put(all, "sign", (x, m, a) -> x[0] > 0 ? 1 : x[0] < 0 ? -1 : x[0], (x, t, a) -> compare(x[0], 0, t));
    }

    private static void functions(Map<String, SharedKernel.Factory> all) {
        put(all, "sqrt", (x, m, a) -> m.sqrt(x[0]));
        put(all, "reciprocal", (x, m, a) -> m.divide(1, x[0]));
        put(all, "exp", (x, m, a) -> m.exp(x[0]));
        put(all, "log", (x, m, a) -> m.log(x[0]));
        put(all, "erf", (x, m, a) -> m.erf(x[0]));
        put(all, "tanh", (x, m, a) -> m.tanh(x[0]));
        put(all, "sin", (x, m, a) -> m.sin(x[0]));
        put(all, "cos", (x, m, a) -> m.cos(x[0]));
        put(all, "tan", (x, m, a) -> m.function(Math::tan, x[0]));
        put(all, "asin", (x, m, a) -> m.function(Math::asin, x[0]));
        put(all, "acos", (x, m, a) -> m.function(Math::acos, x[0]));
        put(all, "atan", (x, m, a) -> m.function(Math::atan, x[0]));
        put(all, "sinh", (x, m, a) -> m.function(Math::sinh, x[0]));
        put(all, "cosh", (x, m, a) -> m.function(Math::cosh, x[0]));
        put(all, "asinh", (x, m, a) -> m.function(ElementwiseKernels::asinh, x[0]));
        put(all, "acosh", (x, m, a) -> m.function(ElementwiseKernels::acosh, x[0]));
        put(all, "atanh", (x, m, a) -> m.function(ElementwiseKernels::atanh, x[0]));
    }

    private static void activations(Map<String, SharedKernel.Factory> all) {
        put(all, "sigmoid", (x, m, a) -> sigmoid(x[0], m));
        put(all, "relu", (x, m, a) -> x[0] < 0 ? 0 : x[0], (x, t, a) -> x[0] < 0 ? 0 : x[0]);
        put(all, "leaky_relu", (x, m, a) -> x[0] < 0 ? m.multiply(m.round(a.real("alpha")), x[0]) : x[0]);
        put(
                all,
                "prelu",
                (x, m, a) -> x[0] < 0 ? m.multiply(x[1], x[0]) : x[0],
                (x, t, a) -> !unsigned(t) && x[0] < 0 ? x[0] * x[1] : x[0]);
        put(all, "thresholded_relu", (x, m, a) -> x[0] > a.real("alpha") ? x[0] : 0);
        put(all, "elu", (x, m, a) -> x[0] < 0 ? m.multiply(m.round(a.real("alpha")), m.expm1(x[0])) : x[0]);
        put(
                all,
                "selu",
                (x, m, a) -> m.multiply(
                        m.round(a.real("gamma")),
                        x[0] > 0 ? x[0] : m.multiply(m.round(a.real("alpha")), m.expm1(x[0]))));
        put(all, "celu", (x, m, a) -> celu(x[0], m.round(a.real("alpha")), m));
        put(
                all,
                "hard_sigmoid",
                (x, m, a) -> ramp(m.multiplyAdd(x[0], m.round(a.real("alpha")), m.round(a.real("beta")))));
        put(all, "hard_swish", (x, m, a) -> m.multiply(x[0], ramp(m.add(m.divide(x[0], 6), 0.5))));
        put(all, "softplus", (x, m, a) -> softplus(x[0], m));
        put(all, "softsign", (x, m, a) -> m.divide(x[0], m.add(Math.abs(x[0]), 1)));
        put(all, "mish", (x, m, a) -> m.multiply(m.tanh(softplus(x[0], m)), x[0]));
        put(all, "swish", (x, m, a) -> swish(x[0], a.real("alpha"), m));
        put(all, "swiglu", (x, m, a) -> m.multiply(swish(x[0], a.real("alpha"), m), x[1]));
        put(all, "gelu", (x, m, a) -> a.text("approximate").equals("tanh") ? geluByTanh(x[0], m) : gelu(x[0], m));
        put(all, "geglu", (x, m, a) -> m.multiply(gelu(x[0], m), x[1]));
        put(all, "shrink", (x, m, a) -> shrink(x[0], a.real("lambd"), m.round(a.real("bias")), m));
    }

    private static void predicates(Map<String, SharedKernel.Factory> all) {
        put(all, "equal", (x, m, a) -> x[0] == x[1] ? 1 : 0, (x, t, a) -> x[0] == x[1] ? 1 : 0);
        put(all, "less", (x, m, a) -> x[1] > x[0] ? 1 : 0, (x, t, a) -> compare(x[1], x[0], t) > 0 ? 1 : 0);
        put(all, "less_or_equal", (x, m, a) -> x[1] >= x[0] ? 1 : 0, (x, t, a) -> compare(x[1], x[0], t) >= 0 ? 1 : 0);
        put(all, "greater", (x, m, a) -> x[1] < x[0] ? 1 : 0, (x, t, a) -> compare(x[1], x[0], t) < 0 ? 1 : 0);
        put(
                all,
                "greater_or_equal",
                (x, m, a) -> x[1] <= x[0] ? 1 : 0,
                (x, t, a) -> compare(x[1], x[0], t) <= 0 ? 1 : 0);
        put(all, "is_nan", (x, m, a) -> Double.isNaN(x[0]) ? 1 : 0);
        put(
                all,
                "is_inf",
                (x, m, a) -> (x[0] == Double.POSITIVE_INFINITY && a.integer("detect_positive") != 0)
                                || (x[0] == Double.NEGATIVE_INFINITY && a.integer("detect_negative") != 0)
                        ? 1
                        : 0);
    }

    private static void bits(Map<String, SharedKernel.Factory> all) {
        whole(all, "not", (x, t, a) -> x[0] == 0 ? 1 : 0);
        whole(all, "and", (x, t, a) -> x[0] * x[1]);
        whole(all, "or", (x, t, a) -> Math.max(x[0], x[1]));
        whole(all, "xor", (x, t, a) -> x[0] == x[1] ? 0 : 1);
        whole(all, "bitwise_and", (x, t, a) -> x[0] & x[1]);
        whole(all, "bitwise_or", (x, t, a) -> x[0] | x[1]);
        whole(all, "bitwise_xor", (x, t, a) -> x[0] ^ x[1]);
        whole(all, "bitwise_not", (x, t, a) -> -1 - x[0]);
        whole(all, "bit_shift", (x, t, a) -> a.text("direction").equals("LEFT") ? x[0] << x[1] : x[0] >>> x[1]);
    }

    private static boolean unsigned(DType type) {
        return type.kind() == DType.Kind.UNSIGNED;
    }

    private static int compare(long a, long b, DType type) {
        return unsigned(type) ? Long.compareUnsigned(a, b) : Long.compare(a, b);
    }

    private static long quotient(long a, long b, DType type) {
        return b == 0 ? 0 : unsigned(type) ? Long.divideUnsigned(a, b) : a / b;
    }

    private static long remainder(long[] x, DType type, boolean ofDividend) {
        if (x[1] == 0) {
            return 0;
        }
        if (unsigned(type)) {
            return Long.remainderUnsigned(x[0], x[1]);
        }
        long rest = x[0] % x[1];
        return ofDividend || rest == 0 || (rest < 0) == (x[1] < 0) ? rest : rest + x[1];
    }

    private static long power(long base, long exponent) {
        long result = 1;
        for (long i = 0; i < exponent && result != 0; i++) {
            result *= base;
        }
        return result;
    }

    private static double reduced(double[] x, java.util.function.DoubleBinaryOperator operator) {
        double result = x[0];
        for (double value : x) {
            result = operator.applyAsDouble(result, value);
        }
        return result;
    }

    private static long extreme(long[] x, DType type, int sign) {
        long result = x[0];
        for (long value : x) {
            result = sign * compare(value, result, type) > 0 ? value : result;
        }
        return result;
    }

    private static double sigmoid(double x, Arithmetic m) {
        return m.divide(1, m.add(1, m.exp(-x)));
    }

    private static double swish(double x, double alpha, Arithmetic m) {
        double scaled = alpha == 1 ? x : m.multiply(m.round(alpha), x);
        return m.multiply(x, sigmoid(scaled, m));
    }

    private static double softplus(double x, Arithmetic m) {
        double tail = m.log1p(m.exp(-Math.abs(x)));
        return x > 0 ? m.add(x, tail) : tail;
    }

    private static double celu(double x, double alpha, Arithmetic m) {
        return x > 0 ? x : m.multiply(alpha, m.expm1(m.divide(x, alpha)));
    }

    private static double ramp(double x) {
        return Math.max(0, Math.min(1, x));
    }

    private static double gelu(double x, Arithmetic m) {
        return m.multiply(m.multiply(0.5, x), m.add(1, m.erf(m.divide(x, m.round(SQRT_2)))));
    }

    private static double geluByTanh(double x, Arithmetic m) {
        double cube = m.multiply(m.round(0.044715), m.multiply(x, m.multiply(x, x)));
        double inner = m.multiply(m.round(GELU_ROOT), m.add(x, cube));
        return m.multiply(m.multiply(0.5, x), m.add(1, m.tanh(inner)));
    }

    private static double shrink(double x, double lambd, double bias, Arithmetic m) {
        if (x > lambd) {
            return m.subtract(x, bias);
        }
        return x < -lambd ? m.add(x, bias) : 0;
    }

    private static double asinh(double x) {
        double size = Math.abs(x);
        double large = size > 1e150 ? Math.log(size) + Math.log(2) : Math.log(size + Math.hypot(size, 1));
        // One step of Newton's method on sinh brings back the digits that the logarithm of a number near 1 loses.
        double value = size > 20 ? large : large - (Math.sinh(large) - size) / Math.cosh(large);
        return Math.copySign(size < 1e-8 ? size : value, x);
    }

    private static double acosh(double x) {
        double below = x - 1;
        if (below < 0) {
            return Double.NaN;
        }
        return x > 1e150 ? Math.log(x) + Math.log(2) : Math.log1p(below + Math.sqrt(below * below + 2 * below));
    }

    private static double atanh(double x) {
        return (Math.log1p(x) - Math.log1p(-x)) / 2;
    }

    private static double clip(double[] x) {
        double raised = x[1] > x[0] ? x[1] : x[0];
        return x[2] < raised ? x[2] : raised;
    }

    /// A limit that is left out stands for none, and not for 0.
    private static SharedKernel clipped(dev.assay.backend.Call call, Arithmetic arithmetic) {
        boolean low = call.hasInput("min");
        boolean high = call.hasInput("max");
        Whole whole = (x, t, a) -> {
            long raised = low && compare(x[1], x[0], t) > 0 ? x[1] : x[0];
            return high && compare(x[2], raised, t) < 0 ? x[2] : raised;
        };
        return new ElementwiseLoop(call, arithmetic, (x, m, a) -> clip(x), Optional.of(whole))::run;
    }

    private static void put(Map<String, SharedKernel.Factory> into, String name, Real real, Whole whole) {
        put(into, name, real, Optional.of(whole));
    }

    private static void put(Map<String, SharedKernel.Factory> into, String name, Real real) {
        put(into, name, real, Optional.empty());
    }

    private static void whole(Map<String, SharedKernel.Factory> into, String name, Whole whole) {
        put(into, name, (x, m, a) -> Double.NaN, Optional.of(whole));
    }

    private static void put(Map<String, SharedKernel.Factory> into, String name, Real real, Optional<Whole> whole) {
        into.put(name, (call, arithmetic) -> new ElementwiseLoop(call, arithmetic, real, whole)::run);
    }
}
