package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Operators that move data by rules alone: copies of codes, run by run.
///
/// They walk over the input or pick along one dimension after another, where the references ask for each element of the
/// output where it comes from.
final class MovementKernels {
    static final Map<String, SharedKernel.Factory> ALL = all();

    private MovementKernels() {}

    private static Map<String, SharedKernel.Factory> all() {
        Map<String, SharedKernel.Factory> all = new TreeMap<>();
        all.put("transpose", (call, arithmetic) -> transpose(call));
        for (String name : List.of("reshape", "flatten", "squeeze", "unsqueeze")) {
            all.put(
                    name,
                    (call, arithmetic) -> arguments -> Codes.all(first(call, arguments), output(call, arguments)));
        }
        all.put("concat", (call, arithmetic) -> concat(call));
        all.put("split", (call, arithmetic) -> split(call));
        all.put("slice", (call, arithmetic) -> picking(call, sliced(call)));
        all.put("expand", (call, arithmetic) -> expand(call));
        all.put("tile", (call, arithmetic) -> picking(call, tiled(call)));
        all.put("pad", (call, arithmetic) -> picking(call, padded(call)));
        all.put("center_crop_pad", (call, arithmetic) -> picking(call, centred(call)));
        all.put("compress", (call, arithmetic) -> compress(call));
        all.put("depth_to_space", (call, arithmetic) -> depthToSpace(call));
        all.put("space_to_depth", (call, arithmetic) -> spaceToDepth(call));
        all.put("trilu", (call, arithmetic) -> trilu(call));
        all.put("eye_like", (call, arithmetic) -> eyeLike(call));
        all.put("constant_of_shape", (call, arithmetic) -> constantOfShape(call));
        all.put("range", MovementKernels::range);
        all.put("shape", (call, arithmetic) -> shape(call));
        all.put("size", (call, arithmetic) -> size(call));
        all.put("non_zero", (call, arithmetic) -> nonZero(call));
        return all;
    }

    static Tensor first(Call call, Arguments arguments) {
        return arguments.input(call.inputs().getFirst().name()).tensor();
    }

    static Tensor output(Call call, Arguments arguments) {
        return arguments.output(call.outputs().getFirst().name()).tensor();
    }

    private static Shape firstShape(Call call) {
        return call.inputs().getFirst().spec().orElseThrow().shape();
    }

    private static Shape outputShape(Call call) {
        return call.outputs().getFirst().spec().orElseThrow().shape();
    }

    private static int axis(Call call, int rank) {
        return Codes.axes(List.of(call.attributes().integer("axis")), rank)[0];
    }

    private static SharedKernel transpose(Call call) {
        Shape from = call.input("data").shape();
        int rank = from.rank();
        int[] perm = call.attributes().has("perm")
                ? call.attributes().integers("perm").stream()
                        .mapToInt(Math::toIntExact)
                        .toArray()
                : IntStream.range(0, rank).map(i -> rank - 1 - i).toArray();
        return arguments -> Codes.permuted(
                arguments.input("data").tensor(),
                from,
                perm,
                arguments.output("transposed").tensor());
    }

    private static SharedKernel concat(Call call) {
        Shape shape = outputShape(call);
        int axis = axis(call, shape.rank());
        long outer = shape.slice(0, axis).elements();
        long row = shape.slice(axis, shape.rank()).elements();
        return arguments -> {
            Tensor out = output(call, arguments);
            long behind = 0;
            for (Call.Operand operand : call.inputs()) {
                Tensor part = arguments.input(operand.name()).tensor();
                long run = part.shape().slice(axis, shape.rank()).elements();
                for (long i = 0; i < outer; i++) {
                    Codes.run(part, i * run, out, i * row + behind, run);
                }
                behind += run;
            }
        };
    }

    private static SharedKernel split(Call call) {
        Shape shape = firstShape(call);
        int axis = axis(call, shape.rank());
        long outer = shape.slice(0, axis).elements();
        long row = shape.slice(axis, shape.rank()).elements();
        return arguments -> {
            Tensor in = first(call, arguments);
            long behind = 0;
            for (Call.Operand operand : call.outputs()) {
                Tensor part = arguments.output(operand.name()).tensor();
                long run = part.shape().slice(axis, shape.rank()).elements();
                for (long i = 0; i < outer; i++) {
                    Codes.run(in, i * row + behind, part, i * run, run);
                }
                behind += run;
            }
        };
    }

    /// Copies what stands at all combinations of some indices of each dimension.
    private static SharedKernel picking(Call call, long[][] lists) {
        return arguments -> {
            Tensor out = output(call, arguments);
            long other = call.hasInput("constant_value")
                    ? Codes.code(arguments.input("constant_value").tensor(), 0)
                    : out.dtype().encode(0);
            Codes.selected(first(call, arguments), lists, other, out);
        };
    }

    private static long[][] sliced(Call call) {
        Shape shape = firstShape(call);
        Shape out = outputShape(call);
        List<Long> starts = call.constants().getOrDefault("starts", List.of());
        List<Long> steps = call.constants().getOrDefault("steps", Codes.ones(starts.size()));
        int[] axes = Codes.axes(call.constants().getOrDefault("axes", Codes.firstOnes(starts.size())), shape.rank());
        long[][] lists = Codes.everything(shape);
        for (int i = 0; i < axes.length; i++) {
            long dim = shape.dim(axes[i]);
            long[] list = new long[Math.toIntExact(out.dim(axes[i]))];
            long at = starts.get(i) < 0 ? Math.max(0, starts.get(i) + dim) : Math.min(starts.get(i), dim);
            at = steps.get(i) < 0 ? Math.min(at, dim - 1) : at;
            for (int n = 0; n < list.length; n++) {
                list[n] = at;
                at += steps.get(i);
            }
            lists[axes[i]] = list;
        }
        return lists;
    }

    private static long[][] tiled(Call call) {
        Shape shape = firstShape(call);
        long[][] lists = Codes.everything(outputShape(call));
        for (int axis = 0; axis < lists.length; axis++) {
            for (int i = 0; i < lists[axis].length; i++) {
                lists[axis][i] = i < shape.dim(axis) ? i : lists[axis][i - (int) shape.dim(axis)];
            }
        }
        return lists;
    }

    private static SharedKernel expand(Call call) {
        Shape shape = firstShape(call);
        Shape out = outputShape(call);
        int rank = out.rank();
        long[] steps = new long[rank];
        long step = 1;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            steps[axis + rank - shape.rank()] = shape.dim(axis) == 1 ? 0 : step;
            step *= shape.dim(axis);
        }
        return arguments -> {
            Tensor in = first(call, arguments);
            Tensor to = output(call, arguments);
            repeat(in, 0, to, 0, out, 0, steps);
        };
    }

    /// Writes one dimension after the other; answers where it stopped.
    private static long repeat(Tensor in, long from, Tensor to, long at, Shape out, int axis, long[] steps) {
        if (axis == out.rank()) {
            to.setCodeAt(at, Codes.code(in, from));
            return at + 1;
        }
        long next = at;
        for (long i = 0; i < out.dim(axis) && !out.isEmpty(); i++) {
            next = repeat(in, from + i * steps[axis], to, next, out, axis + 1, steps);
        }
        return next;
    }

    private static long[][] padded(Call call) {
        Shape shape = firstShape(call);
        Shape out = outputShape(call);
        List<Long> pads = call.constants().getOrDefault("pads", List.of());
        int[] axes = Codes.axes(call.constants().getOrDefault("axes", Codes.firstOnes(shape.rank())), shape.rank());
        long[][] lists = Codes.everything(shape);
        for (int i = 0; i < axes.length; i++) {
            lists[axes[i]] = margin(
                    shape.dim(axes[i]),
                    pads.get(i),
                    Math.toIntExact(out.dim(axes[i])),
                    call.attributes().text("mode"));
        }
        return lists;
    }

    /// Indices along one dimension, from the first one inwards and outwards step by step.
    private static long[] margin(long dim, long before, int length, String mode) {
        long[] list = new long[length];
        for (int i = 0; i < length; i++) {
            long at = i - before;
            while (at < 0 || at >= dim) {
                switch (mode) {
                    case "edge" -> at = at < 0 ? 0 : dim - 1;
                    case "wrap" -> at += at < 0 ? dim : -dim;
                    case "reflect" -> at = dim == 1 ? 0 : at < 0 ? -at : 2 * (dim - 1) - at;
                    default -> at = Long.MAX_VALUE;
                }
                if (at == Long.MAX_VALUE) {
                    break;
                }
            }
            list[i] = at == Long.MAX_VALUE ? -1 : at;
        }
        return list;
    }

    private static long[][] centred(Call call) {
        Shape shape = firstShape(call);
        Shape out = outputShape(call);
        long[][] lists = Codes.everything(out);
        for (int axis = 0; axis < lists.length; axis++) {
            long dim = shape.dim(axis);
            long size = out.dim(axis);
            long first = size > dim ? (size - dim) / 2 : 0;
            long skipped = dim > size ? (dim - size) / 2 : 0;
            for (int i = 0; i < size; i++) {
                boolean inside = i >= first && i - first < dim;
                lists[axis][i] = inside ? i - first + skipped : -1;
            }
        }
        return lists;
    }

    private static SharedKernel compress(Call call) {
        List<Long> condition = call.constants().getOrDefault("condition", List.of());
        long[] kept = LongStream.range(0, condition.size())
                .filter(i -> condition.get((int) i) != 0)
                .toArray();
        if (call.attributes().has("axis")) {
            Shape shape = firstShape(call);
            long[][] lists = Codes.everything(shape);
            lists[axis(call, shape.rank())] = kept;
            return picking(call, lists);
        }
        return arguments -> {
            for (int i = 0; i < kept.length; i++) {
                Codes.run(first(call, arguments), kept[i], output(call, arguments), i, 1);
            }
        };
    }

    /// As ONNX has it: sizes taken apart, dimensions exchanged, sizes put together.
    private static SharedKernel depthToSpace(Call call) {
        Shape in = firstShape(call);
        long b = call.attributes().integer("blocksize");
        boolean depthFirst = call.attributes().text("mode").equals("DCR");
        long c = in.dim(1) / (b * b);
        Shape apart = depthFirst
                ? Shape.of(in.dim(0), b, b, c, in.dim(2), in.dim(3))
                : Shape.of(in.dim(0), c, b, b, in.dim(2), in.dim(3));
        int[] perm = depthFirst ? new int[] {0, 3, 4, 1, 5, 2} : new int[] {0, 1, 4, 2, 5, 3};
        return arguments -> Codes.permuted(first(call, arguments), apart, perm, output(call, arguments));
    }

    private static SharedKernel spaceToDepth(Call call) {
        Shape in = firstShape(call);
        long b = call.attributes().integer("blocksize");
        Shape apart = Shape.of(in.dim(0), in.dim(1), in.dim(2) / b, b, in.dim(3) / b, b);
        int[] perm = call.attributes().text("mode").equals("DCR")
                ? new int[] {0, 3, 5, 1, 2, 4}
                : new int[] {0, 1, 3, 5, 2, 4};
        return arguments -> Codes.permuted(first(call, arguments), apart, perm, output(call, arguments));
    }

    private static SharedKernel trilu(Call call) {
        Shape shape = firstShape(call);
        long rows = shape.dim(-2);
        long columns = shape.dim(-1);
        boolean upper = call.attributes().integer("upper") != 0;
        long k = call.constants().getOrDefault("k", List.of(0L)).getFirst();
        return arguments -> {
            Tensor in = first(call, arguments);
            Tensor out = output(call, arguments);
            Codes.fill(out, out.dtype().encode(0));
            long matrices = shape.isEmpty() ? 0 : shape.elements() / (rows * columns);
            for (long line = 0; line < matrices * rows; line++) {
                long diagonal = line % rows + k;
                long from = upper ? Math.clamp(diagonal, 0, columns) : 0;
                long to = upper ? columns : Math.clamp(diagonal + 1, 0, columns);
                Codes.run(in, line * columns + from, out, line * columns + from, to - from);
            }
        };
    }

    private static SharedKernel eyeLike(Call call) {
        Shape shape = outputShape(call);
        long k = call.attributes().integer("k");
        return arguments -> {
            Tensor out = output(call, arguments);
            Codes.fill(out, out.dtype().encode(0));
            for (long row = 0; row < shape.dim(0); row++) {
                if (row + k >= 0 && row + k < shape.dim(1)) {
                    out.set(row * shape.dim(1) + row + k, 1);
                }
            }
        };
    }

    private static SharedKernel constantOfShape(Call call) {
        double value = call.attributes().real("value");
        return arguments -> {
            Tensor out = output(call, arguments);
            Codes.fill(out, out.dtype().encode(value));
        };
    }

    /// Adds up step by step.
    private static SharedKernel range(Call call, Arithmetic arithmetic) {
        long start = call.constants().getOrDefault("start", List.of()).getFirst();
        long delta = call.constants().getOrDefault("delta", List.of()).getFirst();
        return arguments -> {
            Tensor out = output(call, arguments);
            DType type = out.dtype();
            double value = (double) start;
            long whole = start;
            for (long i = 0; i < out.shape().elements(); i++) {
                if (type.isFloat()) {
                    out.set(i, value);
                } else {
                    out.setCodeAt(i, type.encodeLong(whole));
                }
                value = arithmetic.add(value, (double) delta);
                whole += delta;
            }
        };
    }

    private static SharedKernel shape(Call call) {
        List<Long> sizes = firstShape(call).toList();
        int rank = sizes.size();
        List<Long> kept = new ArrayList<>();
        long start = call.attributes().integer("start");
        long end = call.attributes().findInteger("end").orElse(rank);
        for (int axis = 0; axis < rank; axis++) {
            if (axis >= (start < 0 ? start + rank : start) && axis < (end < 0 ? end + rank : end)) {
                kept.add(sizes.get(axis));
            }
        }
        return arguments -> {
            for (int i = 0; i < kept.size(); i++) {
                output(call, arguments).setCodeAt(i, kept.get(i));
            }
        };
    }

    private static SharedKernel size(Call call) {
        long count = firstShape(call).toList().stream().reduce(1L, Math::multiplyExact);
        return arguments -> output(call, arguments).setCodeAt(0, count);
    }

    private static SharedKernel nonZero(Call call) {
        Shape shape = firstShape(call);
        return arguments -> {
            Tensor in = first(call, arguments);
            Tensor out = output(call, arguments);
            long columns = out.shape().dim(1);
            long column = 0;
            for (long i = 0; i < shape.elements(); i++) {
                if (in.get(i) != 0) {
                    long rest = i;
                    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
                        out.setCodeAt(axis * columns + column, rest % shape.dim(axis));
                        rest /= shape.dim(axis);
                    }
                    column++;
                }
            }
        };
    }
}
