package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The loop over all elements.
final class ElementwiseLoop {
    private static final int CHUNK = 1 << 12;

    /// A result of floating-point operands; NaN stands for an operand that the call leaves out.
    @FunctionalInterface
    interface Real {
        double of(double[] x, Arithmetic arithmetic, Attributes attributes);
    }

    /// A result of integer operands, modulo 2^64.
    @FunctionalInterface
    interface Whole {
        long of(long[] x, DType type, Attributes attributes);
    }

    private final Call call;
    private final Arithmetic arithmetic;
    private final Real real;
    private final Optional<Whole> whole;
    private final boolean integral;
    /// The input whose type the others have too.
    private final int typed;
    private final Shape shape;
    private final List<long[]> strides = new ArrayList<>();

    ElementwiseLoop(Call call, Arithmetic arithmetic, Real real, Optional<Whole> whole) {
        this.call = call;
        this.arithmetic = arithmetic;
        this.real = real;
        this.whole = whole;
        TensorSpec output = call.outputs().getFirst().spec().orElseThrow();
        this.shape = output.shape();
        boolean floats = output.dtype().isFloat();
        for (Operand operand : call.inputs()) {
            floats |= operand.spec().map(spec -> spec.dtype().isFloat()).orElse(false);
            strides.add(operand.spec().map(spec -> repeated(spec.shape())).orElse(new long[0]));
        }
        this.integral = !floats;
        this.typed = call.operator().equals("where") ? 1 : 0;
    }

    /// Steps in row-major numbers along the dimensions of the output, 0 where an operand repeats.
    private long[] repeated(Shape from) {
        long[] steps = new long[shape.rank()];
        long step = 1;
        for (int axis = from.rank() - 1, to = shape.rank() - 1; axis >= 0; axis--, to--) {
            steps[to] = from.dim(axis) == 1 ? 0 : step;
            step *= from.dim(axis);
        }
        return steps;
    }

    void run(Arguments arguments) {
        List<Optional<Tensor>> inputs = new ArrayList<>();
        for (Operand operand : call.inputs()) {
            inputs.add(
                    operand.spec().isPresent()
                            ? Optional.of(arguments.input(operand.name()).tensor())
                            : Optional.empty());
        }
        Tensor output = arguments.output(call.outputs().getFirst().name()).tensor();
        long elements = shape.elements();
        Parallel.forEach(Math.toIntExact(Math.ceilDiv(elements, CHUNK)), part -> {
            long first = (long) part * CHUNK;
            int count = (int) Math.min(CHUNK, elements - first);
            if (integral) {
                whole(inputs, output, first, count);
            } else {
                real(inputs, output, first, count);
            }
        });
    }

    private void real(List<Optional<Tensor>> inputs, Tensor output, long first, int count) {
        double[][] operands = new double[inputs.size()][count];
        for (int n = 0; n < operands.length; n++) {
            if (inputs.get(n).isEmpty()) {
                java.util.Arrays.fill(operands[n], Double.NaN);
            } else if (inputs.get(n).get().shape().equals(shape)) {
                inputs.get(n).get().decode(first, count, operands[n], 0);
            } else {
                for (int i = 0; i < count; i++) {
                    operands[n][i] = inputs.get(n).get().get(source(first + i, strides.get(n)));
                }
            }
        }
        double[] results = new double[count];
        double[] x = new double[operands.length];
        for (int i = 0; i < count; i++) {
            for (int n = 0; n < x.length; n++) {
                x[n] = operands[n][i];
            }
            double result = real.of(x, arithmetic, call.attributes());
            // One NaN for all: which payload survives depends on what the JVM has compiled.
            results[i] = Double.isNaN(result) ? Double.NaN : result;
        }
        output.encode(first, count, results, 0);
    }

    private void whole(List<Optional<Tensor>> inputs, Tensor output, long first, int count) {
        Whole formula = whole.orElseThrow();
        DType type = inputs.get(typed).orElseThrow().dtype();
        long[] x = new long[inputs.size()];
        for (int i = 0; i < count; i++) {
            for (int n = 0; n < x.length; n++) {
                if (inputs.get(n).isPresent()) {
                    Tensor tensor = inputs.get(n).get();
                    long position = tensor.position(source(first + i, strides.get(n)));
                    x[n] = tensor.dtype().decodeLong(tensor.codeAt(position));
                }
            }
            output.setCodeAt(first + i, output.dtype().encodeLong(formula.of(x, type, call.attributes())));
        }
    }

    private long source(long number, long[] steps) {
        long rest = number;
        long source = 0;
        for (int axis = steps.length - 1; axis >= 0; axis--) {
            long dim = shape.dim(axis);
            source += rest % dim * steps[axis];
            rest /= dim;
        }
        return source;
    }
}
