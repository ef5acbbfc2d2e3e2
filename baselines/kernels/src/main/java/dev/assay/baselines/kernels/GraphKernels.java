package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Operators over graphs, sparse matrices and grids.
final class GraphKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "sddmm", GraphKernels::sampled,
            "segment_reduce", GraphKernels::segments,
            "spmm", GraphKernels::sparse,
            "stencil", GraphKernels::stencil);

    private GraphKernels() {}

    static int[] whole(Tensor tensor) {
        int[] numbers = new int[Math.toIntExact(tensor.shape().elements())];
        Arrays.setAll(numbers, i -> (int) tensor.dtype().decodeLong(tensor.codeAt(tensor.position(i))));
        return numbers;
    }

    /// Sorts the rows by segment as counting does, then goes over the segments.
    private static SharedKernel segments(Call call, Arithmetic arithmetic) {
        Shape data = call.input("data").shape();
        int rows = Math.toIntExact(data.dim(0));
        int width = Math.toIntExact(data.slice(1, data.rank()).elements());
        int segments = Math.toIntExact(call.attributes().integer("num_segments"));
        String reduce = call.attributes().text("reduce");
        return arguments -> {
            int[] ids = whole(arguments.input("segment_ids").tensor());
            Tensor from = arguments.input("data").tensor();
            Tensor to = arguments.output("out").tensor();
            int[] starts = new int[segments + 1];
            for (int id : ids) {
                starts[id + 1]++;
            }
            Arrays.parallelPrefix(starts, Integer::sum);
            int[] next = starts.clone();
            int[] order = new int[rows];
            for (int e = 0; e < rows; e++) {
                order[next[ids[e]]++] = e;
            }
            Parallel.forEach(segments, s -> {
                int count = starts[s + 1] - starts[s];
                double[] line = new double[width];
                double[] column = new double[count];
                for (int f = 0; f < width && count > 0; f++) {
                    for (int i = 0; i < count; i++) {
                        column[i] = from.get((long) order[starts[s] + i] * width + f);
                    }
                    line[f] = reduced(column, reduce, arithmetic);
                }
                Dots.store(line, to, (long) s * width);
            });
        };
    }

    private static double reduced(double[] column, String reduce, Arithmetic arithmetic) {
        return switch (reduce) {
            case "sum" -> arithmetic.sum(column, column.length);
            case "mean" -> arithmetic.divide(arithmetic.sum(column, column.length), column.length);
            case "max" -> arithmetic.largest(column, column.length);
            default -> {
                double smallest = column[0];
                for (double one : column) {
                    smallest = Math.min(smallest, one);
                }
                yield smallest;
            }
        };
    }

    private static SharedKernel sparse(Call call, Arithmetic arithmetic) {
        Shape b = call.input("B").shape();
        int rows = Math.toIntExact(call.input("row_offsets").shape().dim(0) - 1);
        int n = Math.toIntExact(b.dim(1));
        return arguments -> {
            int[] offsets = whole(arguments.input("row_offsets").tensor());
            int[] columns = whole(arguments.input("columns").tensor());
            double[] values = Dots.values(arguments.input("values").tensor());
            double[] dense = Dots.values(arguments.input("B").tensor());
            Tensor to = arguments.output("C").tensor();
            Parallel.forEach(rows, i -> {
                int count = offsets[i + 1] - offsets[i];
                double[] left = Arrays.copyOfRange(values, offsets[i], offsets[i + 1]);
                double[] right = new double[count];
                double[] line = new double[n];
                for (int j = 0; j < n; j++) {
                    for (int e = 0; e < count; e++) {
                        right[e] = dense[columns[offsets[i] + e] * n + j];
                    }
                    line[j] = arithmetic.dot(left, right, count);
                }
                Dots.store(line, to, (long) i * n);
            });
        };
    }

    private static SharedKernel sampled(Call call, Arithmetic arithmetic) {
        int k = Math.toIntExact(call.input("A").shape().dim(1));
        int rows = Math.toIntExact(call.input("A").shape().dim(0));
        return arguments -> {
            int[] offsets = whole(arguments.input("row_offsets").tensor());
            int[] columns = whole(arguments.input("columns").tensor());
            double[] values = PairKernels.values(arguments, "values");
            Tensor a = arguments.input("A").tensor();
            Tensor b = arguments.input("B").tensor();
            Tensor to = arguments.output("out").tensor();
            Parallel.forEach(rows, i -> {
                double[] left = new double[k];
                double[] right = new double[k];
                double[] line = new double[offsets[i + 1] - offsets[i]];
                a.decode((long) i * k, k, left, 0);
                for (int e = offsets[i]; e < offsets[i + 1]; e++) {
                    b.decode((long) columns[e] * k, k, right, 0);
                    double dot = arithmetic.dot(left, right, k);
                    line[e - offsets[i]] = values.length == 0 ? dot : arithmetic.multiply(values[e], dot);
                }
                Dots.store(line, to, offsets[i]);
            });
        };
    }

    /// Copies the grid into one with a halo of a point on every side, then slides the weights over it.
    private static SharedKernel stencil(Call call, Arithmetic arithmetic) {
        Shape x = call.input("X").shape();
        int[] sizes = {1, 1, 1};
        boolean[] wraps = new boolean[3];
        List<Long> periodic =
                call.attributes().has("periodic") ? call.attributes().integers("periodic") : List.of();
        for (int axis = 0; axis < x.rank(); axis++) {
            sizes[3 - x.rank() + axis] = Math.toIntExact(x.dim(axis));
            wraps[3 - x.rank() + axis] = !periodic.isEmpty() && periodic.get(axis) == 1;
        }
        boolean star = call.attributes().text("pattern").equals("star");
        return arguments -> {
            double[] grid = Dots.values(arguments.input("X").tensor());
            double[] weights = Dots.values(arguments.input("W").tensor());
            double[] halo = new double[(sizes[0] + 2) * (sizes[1] + 2) * (sizes[2] + 2)];
            boolean[] inside = new boolean[halo.length];
            int[] steps = {(sizes[1] + 2) * (sizes[2] + 2), sizes[2] + 2, 1};
            for (int h = 0; h < halo.length && grid.length > 0; h++) {
                int z = wrapped(h / steps[0] - 1, sizes[0], wraps[0]);
                int y = wrapped(h / steps[1] % (sizes[1] + 2) - 1, sizes[1], wraps[1]);
                int w = wrapped(h % steps[1] - 1, sizes[2], wraps[2]);
                inside[h] = z >= 0 && y >= 0 && w >= 0;
                halo[h] = inside[h] ? grid[(z * sizes[1] + y) * sizes[2] + w] : 0;
            }
            int[] moves = moves(steps, 3 - x.rank(), star);
            double[] results = new double[grid.length];
            Parallel.forEach(sizes[0] * sizes[1], row -> {
                int start = (row / sizes[1] + 1) * steps[0] + (row % sizes[1] + 1) * steps[1] + 1;
                double[] left = new double[moves.length];
                double[] right = new double[moves.length];
                for (int p = 0; p < sizes[2]; p++) {
                    int used = 0;
                    for (int o = 0; o < moves.length; o++) {
                        int at = start + p + moves[o];
                        if (inside[at]) {
                            left[used] = weights[o];
                            right[used++] = halo[at];
                        }
                    }
                    results[row * sizes[2] + p] = arithmetic.dot(left, right, used);
                }
            });
            Dots.store(results, arguments.output("Y").tensor(), 0);
        };
    }

    private static int wrapped(int place, int size, boolean wraps) {
        return place >= 0 && place < size ? place : !wraps ? -1 : place < 0 ? size - 1 : 0;
    }

    /// Distances in memory of the neighbours, in the order of their weights.
    private static int[] moves(int[] steps, int first, boolean star) {
        if (star) {
            int[] moves = new int[1 + 2 * (3 - first)];
            for (int axis = first; axis < 3; axis++) {
                moves[2 * (axis - first) + 1] = -steps[axis];
                moves[2 * (axis - first) + 2] = steps[axis];
            }
            return moves;
        }
        int[] moves = {0};
        for (int axis = first; axis < 3; axis++) {
            int[] more = new int[3 * moves.length];
            for (int i = 0; i < more.length; i++) {
                more[i] = moves[i / 3] + (i % 3 - 1) * steps[axis];
            }
            moves = more;
        }
        return moves;
    }
}
