package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;
import java.util.TreeMap;

/// Operators that move data to or from where indices say.
final class IndexingKernels {
    static final Map<String, SharedKernel.Factory> ALL = all();

    private IndexingKernels() {}

    private static Map<String, SharedKernel.Factory> all() {
        Map<String, SharedKernel.Factory> all = new TreeMap<>();
        all.put("gather", (call, arithmetic) -> gather(call));
        all.put("gather_elements", (call, arithmetic) -> gatherElements(call));
        all.put("gather_nd", (call, arithmetic) -> gatherNd(call));
        all.put("scatter_elements", IndexingKernels::scatterElements);
        all.put("scatter_nd", IndexingKernels::scatterNd);
        all.put("embedding", (call, arithmetic) -> embedding(call));
        all.put("one_hot", (call, arithmetic) -> oneHot(call));
        all.put("reverse_sequence", (call, arithmetic) -> reverseSequence(call));
        return all;
    }

    private static int axis(Call call, int rank) {
        long axis = call.attributes().integer("axis");
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    private static Tensor input(Arguments arguments, String name) {
        return arguments.input(name).tensor();
    }

    private static SharedKernel gather(Call call) {
        Shape data = call.input("data").shape();
        int axis = axis(call, data.rank());
        long outer = data.slice(0, axis).elements();
        long inner = data.slice(axis + 1, data.rank()).elements();
        long size = data.dim(axis);
        long picked = call.input("indices").shape().elements();
        return arguments -> {
            Tensor out = MovementKernels.output(call, arguments);
            for (long n = 0; n < picked && outer * inner > 0; n++) {
                long index = Codes.index(input(arguments, "indices"), n, size);
                for (long i = 0; i < outer; i++) {
                    Codes.run(
                            input(arguments, "data"), (i * size + index) * inner, out, (i * picked + n) * inner, inner);
                }
            }
        };
    }

    /// Where each index of `indices` points to: its own place, but for `axis`.
    private static long target(Shape data, Shape indices, int axis, long number, long index) {
        long target = 0;
        long rest = number;
        long step = 1;
        for (int i = data.rank() - 1; i >= 0; i--) {
            target += (i == axis ? index : rest % indices.dim(i)) * step;
            rest /= indices.dim(i);
            step *= data.dim(i);
        }
        return target;
    }

    private static SharedKernel gatherElements(Call call) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        int axis = axis(call, data.rank());
        return arguments -> {
            for (long n = 0; n < indices.elements(); n++) {
                long index = Codes.index(input(arguments, "indices"), n, data.dim(axis));
                Codes.run(
                        input(arguments, "data"),
                        target(data, indices, axis, n, index),
                        MovementKernels.output(call, arguments),
                        n,
                        1);
            }
        };
    }

    /// The number of the slice that a tuple of indices points to, of the dimensions from `from`.
    private static long slice(Tensor indices, long tuple, int length, Shape data, int from) {
        long slice = 0;
        for (int i = 0; i < length; i++) {
            slice = slice * data.dim(from + i) + Codes.index(indices, tuple * length + i, data.dim(from + i));
        }
        return slice;
    }

    private static SharedKernel gatherNd(Call call) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        int batch = Math.toIntExact(call.attributes().integer("batch_dims"));
        int length = Math.toIntExact(indices.dim(-1));
        long inner = data.slice(batch + length, data.rank()).elements();
        long slices = data.slice(batch, batch + length).elements();
        long batches = data.slice(0, batch).elements();
        long tuples = indices.slice(0, indices.rank() - 1).elements();
        return arguments -> {
            for (long tuple = 0; tuple < tuples; tuple++) {
                long slice = slice(input(arguments, "indices"), tuple, length, data, batch);
                long part = tuple / (tuples / batches);
                Codes.run(
                        input(arguments, "data"),
                        (part * slices + slice) * inner,
                        MovementKernels.output(call, arguments),
                        tuple * inner,
                        inner);
            }
        };
    }

    private static SharedKernel scatterElements(Call call, Arithmetic arithmetic) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        int axis = axis(call, data.rank());
        return arguments -> {
            Target target = new Target(call, arithmetic, arguments);
            for (long n = 0; n < indices.elements(); n++) {
                long index = Codes.index(input(arguments, "indices"), n, data.dim(axis));
                target.write(target(data, indices, axis, n, index), n);
            }
            target.finish();
        };
    }

    private static SharedKernel scatterNd(Call call, Arithmetic arithmetic) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        int length = Math.toIntExact(indices.dim(-1));
        long inner = data.slice(length, data.rank()).elements();
        long tuples = indices.slice(0, indices.rank() - 1).elements();
        return arguments -> {
            Target target = new Target(call, arithmetic, arguments);
            for (long tuple = 0; tuple < tuples && inner > 0; tuple++) {
                long slice = slice(input(arguments, "indices"), tuple, length, data, 0);
                for (long i = 0; i < inner; i++) {
                    target.write(slice * inner + i, tuple * inner + i);
                }
            }
            target.finish();
        };
    }

    /// The tensor that is written to. Results of floating-point reductions are kept in the device's own type until all
    /// is written.
    private static final class Target {
        private final Arithmetic arithmetic;
        private final Tensor out;
        private final Tensor updates;
        private final String reduction;
        private final double[] wide;
        private final boolean[] touched;

        Target(Call call, Arithmetic arithmetic, Arguments arguments) {
            Tensor data = input(arguments, "data");
            this.arithmetic = arithmetic;
            this.out = MovementKernels.output(call, arguments);
            this.updates = input(arguments, "updates");
            this.reduction = call.attributes().text("reduction");
            boolean sums = !reduction.equals("none") && out.dtype().isFloat();
            int elements = sums ? Math.toIntExact(data.shape().elements()) : 0;
            this.wide = new double[elements];
            this.touched = new boolean[elements];
            data.decode(0, elements, wide, 0);
            Codes.all(data, out);
        }

        void write(long to, long from) {
            if (reduction.equals("none")) {
                Codes.run(updates, from, out, to, 1);
            } else if (out.dtype().isFloat()) {
                touched[(int) to] = true;
                double old = wide[(int) to];
                double update = updates.get(from);
                wide[(int) to] = switch (reduction) {
                    case "add" -> arithmetic.add(old, update);
                    case "mul" -> arithmetic.multiply(old, update);
                    case "max" -> Math.max(old, update);
                    default -> Math.min(old, update);
                };
            } else {
                DType type = out.dtype();
                out.setCodeAt(to, type.encodeLong(whole(Codes.whole(out, to), Codes.whole(updates, from), type)));
            }
        }

        private long whole(long old, long update, DType type) {
            boolean larger =
                    type.kind() == DType.Kind.SIGNED ? update > old : update + Long.MIN_VALUE > old + Long.MIN_VALUE;
            return switch (reduction) {
                case "add" -> old + update;
                case "mul" -> old * update;
                case "max" -> larger ? update : old;
                default -> larger ? old : update;
            };
        }

        void finish() {
            for (int i = 0; i < wide.length; i++) {
                if (touched[i]) {
                    // One NaN for all: which payload survives depends on what the JVM has compiled.
                    out.set(i, Double.isNaN(wide[i]) ? Double.NaN : wide[i]);
                }
            }
        }
    }

    private static SharedKernel embedding(Call call) {
        Shape table = call.input("table").shape();
        long tokens = call.input("ids").shape().elements();
        return arguments -> {
            for (long token = 0; token < tokens; token++) {
                long row = java.util.Objects.checkIndex(Codes.whole(input(arguments, "ids"), token), table.dim(0));
                Codes.run(
                        input(arguments, "table"),
                        row * table.dim(1),
                        MovementKernels.output(call, arguments),
                        token * table.dim(1),
                        table.dim(1));
            }
        };
    }

    /// Off everywhere, then on where an index points to.
    private static SharedKernel oneHot(Call call) {
        Shape indices = call.input("indices").shape();
        Shape out = call.output("output").shape();
        int axis = axis(call, out.rank());
        long depth = out.dim(axis);
        long inner = out.slice(axis + 1, out.rank()).elements();
        boolean unsigned = call.input("indices").dtype().kind() == DType.Kind.UNSIGNED;
        return arguments -> {
            Tensor given = input(arguments, "indices");
            Tensor values = input(arguments, "values");
            Tensor to = arguments.output("output").tensor();
            Codes.fill(to, Codes.code(values, 0));
            for (long n = 0; n < indices.elements(); n++) {
                long index = given.dtype().isFloat() ? (long) given.get(n) : Codes.whole(given, n);
                long place = index < 0 && !unsigned ? index + depth : index;
                if (place >= 0 && place < depth) {
                    to.setCodeAt((n / inner * depth + place) * inner + n % inner, Codes.code(values, 1));
                }
            }
        };
    }

    /// Walks over the input and writes each step to its new time.
    private static SharedKernel reverseSequence(Call call) {
        Shape shape = call.input("input").shape();
        boolean timeFirst = call.attributes().integer("time_axis") == 0;
        long inner = shape.slice(2, shape.rank()).elements();
        long times = shape.dim(timeFirst ? 0 : 1);
        long batches = shape.dim(timeFirst ? 1 : 0);
        return arguments -> {
            Tensor in = input(arguments, "input");
            Tensor out = MovementKernels.output(call, arguments);
            for (long batch = 0; batch < batches; batch++) {
                long length = Codes.whole(input(arguments, "sequence_lens"), batch);
                for (long time = 0; time < times; time++) {
                    long to = time < length ? length - 1 - time : time;
                    long from = timeFirst ? time * batches + batch : batch * times + time;
                    long target = timeFirst ? to * batches + batch : batch * times + to;
                    Codes.run(in, from * inner, out, target * inner, inner);
                }
            }
        };
    }
}
