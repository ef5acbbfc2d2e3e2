package dev.assay.baselines.cpu;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.baselines.cpu.AttentionSizes.Stage;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// `attention`: both products by BLAS, what lies between them row by row in f64.
///
/// A task is a block of queries that share their keys: of one head, or of all heads of a group. Its scores fit into a
/// core's cache, so each thread works on a block of its own, with BLAS on that thread alone. Masked keys are left out
/// by choice, not by multiplication: where a product comes out as NaN or infinity, the row is summed again over the
/// keys that it sees.
final class AttentionKernel implements Kernel {
    /// Scores of a block, which together with the keys stay in a cache of 1 or 2 MB.
    private static final int SCORES_PER_BLOCK = 1 << 17;

    private static final int FEWEST_ROWS = 32;
    private static final int MOST_ROWS = 256;

    private final Workers workers;
    private final Workspace workspace = new Workspace();
    private final AttentionSizes sizes;
    private final DType dtype;
    private final boolean allKeys;
    private final int rowsPerBlock;
    private final Lane[] lanes;
    private final Optional<Workspace.Place> keyCopy;
    private final Optional<Workspace.Place> valueCopy;

    /// Where one thread keeps a block.
    private record Lane(Workspace.Place queries, Workspace.Place scores, Workspace.Place result) {}

    AttentionKernel(Call call, Workers workers) {
        this.workers = workers;
        this.sizes = AttentionSizes.of(call);
        this.dtype = type(call);
        this.allKeys = call.hasOutput("qk_matmul_output");
        this.rowsPerBlock = rowsPerBlock();
        this.lanes = new Lane[workers.count()];
        Arrays.setAll(
                lanes,
                worker -> new Lane(
                        workspace.place(dtype, rowsPerBlock, sizes.size()),
                        workspace.place(dtype, rowsPerBlock, sizes.keys()),
                        workspace.place(dtype, rowsPerBlock, sizes.valueSize())));
        this.keyCopy = copy(call, "K", "past_key", sizes.size());
        this.valueCopy = copy(call, "V", "past_value", sizes.valueSize());
    }

    /// The type in which products are computed.
    static DType type(Call call) {
        boolean wide =
                Stream.of("Q", "K", "V").anyMatch(name -> call.input(name).dtype() == DType.F64);
        return wide ? DType.F64 : DType.F32;
    }

    /// Queries of all heads that use the same keys.
    private int rowsPerUnit() {
        return sizes.headsPerGroup() * sizes.queries();
    }

    private int rowsPerBlock() {
        int cached = Math.clamp(SCORES_PER_BLOCK / Math.max(1, sizes.keys()), FEWEST_ROWS, MOST_ROWS);
        long all = (long) sizes.batches() * sizes.groups() * rowsPerUnit();
        int shared = Math.clamp(Math.ceilDiv(all, 2L * workers.count()), FEWEST_ROWS, MOST_ROWS);
        return Math.max(1, Math.min(rowsPerUnit(), Math.min(cached, shared)));
    }

    /// Room for keys or values that products cannot read where they lie.
    private Optional<Workspace.Place> copy(Call call, String name, String past, int columns) {
        TensorSpec spec = call.input(name);
        boolean inPlace = spec.dtype() == dtype
                && !call.hasInput(past)
                && AttentionSizes.head(spec, 0, 0, columns).fit();
        return inPlace
                ? Optional.empty()
                : Optional.of(workspace.place(dtype, sizes.batches(), sizes.groups(), sizes.keys(), columns));
    }

    @Override
    public long workspaceBytes() {
        return workspace.bytes();
    }

    @Override
    public Launch bind(Arguments arguments) {
        Run run = new Run(arguments);
        int units = Math.multiplyExact(sizes.batches(), sizes.groups());
        int blocks = Math.ceilDiv(rowsPerUnit(), rowsPerBlock);
        return () -> {
            workers.forEach(units, (worker, unit) -> {
                run.keys.join(Math.toIntExact(unit));
                run.values.join(Math.toIntExact(unit));
            });
            Nd4jRuntime.withThreads(
                    1,
                    () -> workers.forEach((long) units * blocks, (worker, task) -> {
                        int unit = Math.toIntExact(task / blocks);
                        run.new Block(lanes[worker], unit, Math.toIntExact(task % blocks) * rowsPerBlock).compute();
                    }));
        };
    }

    private static Optional<Tensor> tensor(@Nullable Argument argument) {
        return Optional.ofNullable(argument).map(Argument::tensor);
    }

    /// Keys or values: past ones, then the call's own.
    private final class Joined {
        private final Optional<Tensor> past;
        private final Tensor now;
        private final Optional<Tensor> present;
        private final Optional<Tensor> copy;
        private final int columns;

        Joined(
                int columns,
                Optional<Tensor> past,
                Tensor now,
                Optional<Tensor> present,
                Optional<Workspace.Place> copy,
                Arguments arguments) {
            this.columns = columns;
            this.past = past;
            this.now = now;
            this.present = present;
            this.copy = copy.map(place -> Workspace.tensor(place, arguments));
        }

        /// What products read: the first rows of a head's matrix.
        Product.Operand operand(int batch, int group, int rows) {
            Tensor tensor = copy.orElse(now);
            Matrices all = AttentionSizes.head(tensor.spec(), batch, group, columns);
            return new Product.Operand(
                    tensor.memory(), Matrices.single(all.first(), rows, columns, all.rowStride(), all.columnStride()));
        }

        void read(int batch, int group, int key, double[] into) {
            Tensor tensor = copy.orElse(now);
            Matrices head = AttentionSizes.head(tensor.spec(), batch, group, columns);
            tensor.decodeRun(head.rowPosition(key), head.columnStride(), columns, into, 0);
        }

        /// Fills the output and the copy of one head, as far as there are any.
        void join(int unit) {
            if (present.isPresent() || copy.isPresent()) {
                past.ifPresent(tensor -> join(unit, tensor, 0));
                join(unit, now, sizes.pastKeys());
            }
        }

        private void join(int unit, Tensor from, int firstKey) {
            double[] line = new double[columns];
            Matrices head = AttentionSizes.head(from.spec(), unit / sizes.groups(), unit % sizes.groups(), columns);
            for (int row = 0; row < head.rows(); row++) {
                long target = ((long) unit * sizes.keys() + firstKey + row) * columns;
                long source = head.rowPosition(row);
                copy.ifPresent(tensor -> {
                    from.decodeRun(source, head.columnStride(), columns, line, 0);
                    tensor.encode(target, columns, line, 0);
                });
                present.ifPresent(tensor -> {
                    // Bit for bit: a NaN keeps its payload.
                    for (int c = 0; c < columns; c++) {
                        tensor.setCodeAt(target + c, from.codeAt(source + c * head.columnStride()));
                    }
                });
            }
        }
    }

    /// The kernel on some buffers.
    private final class Run {
        final Arguments arguments;
        final Tensor q;
        final Joined keys;
        final Joined values;
        final Optional<Tensor> mask;
        final Tensor y;
        final Optional<Tensor> shown;

        Run(Arguments arguments) {
            this.arguments = arguments;
            this.q = arguments.input("Q").tensor();
            this.keys = joined("K", "past_key", "present_key", sizes.size(), keyCopy);
            this.values = joined("V", "past_value", "present_value", sizes.valueSize(), valueCopy);
            this.mask = tensor(arguments.inputs().get("attn_mask"));
            this.y = arguments.output("Y").tensor();
            this.shown = tensor(arguments.outputs().get("qk_matmul_output"));
        }

        private Joined joined(String now, String past, String present, int columns, Optional<Workspace.Place> copy) {
            return new Joined(
                    columns,
                    tensor(arguments.inputs().get(past)),
                    arguments.input(now).tensor(),
                    tensor(arguments.outputs().get(present)),
                    copy,
                    arguments);
        }

        /// Some queries that share their keys.
        final class Block {
            private final Tensor queries;
            private final Tensor scores;
            private final Tensor result;
            private final int batch;
            private final int group;
            private final int firstRow;
            private final int rows;
            private final int width;
            private final double[] row;
            private final double[] bias;

            Block(Lane lane, int unit, int firstRow) {
                this.queries = Workspace.tensor(lane.queries(), arguments);
                this.scores = Workspace.tensor(lane.scores(), arguments);
                this.result = Workspace.tensor(lane.result(), arguments);
                this.batch = unit / sizes.groups();
                this.group = unit % sizes.groups();
                this.firstRow = firstRow;
                this.rows = Math.min(rowsPerBlock, rowsPerUnit() - firstRow);
                this.width = width();
                this.row = new double[width];
                this.bias = new double[width];
            }

            private int head(int row) {
                return group * sizes.headsPerGroup() + (firstRow + row) / sizes.queries();
            }

            private int query(int row) {
                return (firstRow + row) % sizes.queries();
            }

            /// Keys that any row sees; all of them where scores are an output.
            private int width() {
                int widest = allKeys ? sizes.keys() : 0;
                for (int i = 0; i < rows; i++) {
                    widest = Math.max(widest, sizes.visibleKeys(batch, query(i)));
                }
                return widest;
            }

            void compute() {
                if (width > 0) {
                    gatherQueries();
                    multiply(matrix(queries, sizes.size()), transposed(keys.operand(batch, group, width)), scores());
                }
                for (int i = 0; i < rows; i++) {
                    softmax(i);
                }
                if (width > 0 && sizes.valueSize() > 0) {
                    multiply(scores(), values.operand(batch, group, width), matrix(result, sizes.valueSize()));
                }
                for (int i = 0; i < rows; i++) {
                    finish(i);
                }
            }

            private void multiply(Product.Operand a, Product.Operand b, Product.Operand c) {
                Product.of(dtype, a, b, c).run();
            }

            private Product.Operand matrix(Tensor tensor, int columns) {
                return new Product.Operand(tensor.memory(), Matrices.single(0, rows, columns, columns, 1));
            }

            private Product.Operand scores() {
                return matrix(scores, width);
            }

            private Product.Operand transposed(Product.Operand operand) {
                return new Product.Operand(operand.memory(), operand.layout().transposed());
            }

            private void gatherQueries() {
                double[] line = new double[sizes.size()];
                for (int i = 0; i < rows; i++) {
                    Matrices head = AttentionSizes.head(q.spec(), batch, head(i), sizes.size());
                    q.decodeRun(head.rowPosition(query(i)), head.columnStride(), line.length, line, 0);
                    queries.encode((long) i * line.length, line.length, line, 0);
                }
            }

            /// Turns a row of products into probabilities, where they lie.
            private void softmax(int i) {
                scores.decode((long) i * width, width, row, 0);
                scale(row, sizes.scale());
                show(Stage.SCORES, i);
                if (sizes.cap() > 0) {
                    cap(row, sizes.cap());
                }
                show(Stage.CAPPED, i);
                readBias(i);
                addBias(row, bias);
                show(Stage.BIASED, i);
                AttentionKernel.softmax(row, bias);
                show(Stage.PROBABILITIES, i);
                scores.encode((long) i * width, width, row, 0);
            }

            private void show(Stage stage, int i) {
                if (stage == sizes.stage() && shown.isPresent()) {
                    CanonicalNan.in(row);
                    long number = ((long) batch * sizes.heads() + head(i)) * sizes.queries() + query(i);
                    shown.get().encode(number * width, width, row, 0);
                }
            }

            private void readBias(int i) {
                int visible = sizes.visibleKeys(batch, query(i));
                Arrays.fill(bias, 0, visible, 0);
                Arrays.fill(bias, visible, width, Double.NEGATIVE_INFINITY);
                if (mask.isEmpty()) {
                    return;
                }
                Tensor tensor = mask.get();
                long number = AttentionSizes.maskRow(tensor.shape(), batch, head(i), query(i));
                tensor.decode(number * tensor.shape().dim(-1), visible, bias, 0);
                if (tensor.dtype() == DType.BOOL) {
                    for (int key = 0; key < visible; key++) {
                        bias[key] = bias[key] != 0 ? 0 : Double.NEGATIVE_INFINITY;
                    }
                }
            }

            /// Rounds a row of the result to the output.
            private void finish(int i) {
                double[] o = new double[sizes.valueSize()];
                if (width > 0) {
                    result.decode((long) i * o.length, o.length, o, 0);
                    if (!allFinite(o)) {
                        sumVisible(i, o);
                        CanonicalNan.in(o);
                    }
                }
                long number = sizes.flat()
                        ? ((long) batch * sizes.queries() + query(i)) * sizes.heads() + head(i)
                        : ((long) batch * sizes.heads() + head(i)) * sizes.queries() + query(i);
                y.encode(number * o.length, o.length, o, 0);
            }

            private void sumVisible(int i, double[] o) {
                double[] value = new double[o.length];
                scores.decode((long) i * width, width, row, 0);
                readBias(i);
                Arrays.fill(o, 0);
                for (int key = 0; key < width; key++) {
                    if (bias[key] != Double.NEGATIVE_INFINITY) {
                        values.read(batch, group, key, value);
                        for (int c = 0; c < o.length; c++) {
                            o[c] += row[key] * value[c];
                        }
                    }
                }
            }
        }
    }

    // One loop to a method, so that each is compiled by itself.

    private static void scale(double[] s, double factor) {
        for (int i = 0; i < s.length; i++) {
            s[i] *= factor;
        }
    }

    private static void cap(double[] s, double cap) {
        for (int i = 0; i < s.length; i++) {
            s[i] = cap * Math.tanh(s[i] / cap);
        }
    }

    /// A bias of minus infinity wins even over NaN.
    private static void addBias(double[] s, double[] bias) {
        for (int i = 0; i < s.length; i++) {
            s[i] = bias[i] == Double.NEGATIVE_INFINITY ? bias[i] : s[i] + bias[i];
        }
    }

    /// A row without any visible key becomes zeros.
    private static void softmax(double[] s, double[] bias) {
        double max = max(s);
        if (max == Double.NEGATIVE_INFINITY && max(bias) == Double.NEGATIVE_INFINITY) {
            Arrays.fill(s, 0);
        } else {
            scale(s, 1 / exponentials(s, max));
        }
    }

    private static double max(double[] s) {
        double max = Double.NEGATIVE_INFINITY;
        for (double value : s) {
            max = Math.max(max, value);
        }
        return max;
    }

    private static double exponentials(double[] s, double max) {
        double sum = 0;
        for (int i = 0; i < s.length; i++) {
            s[i] = Math.exp(s[i] - max);
            sum += s[i];
        }
        return sum;
    }

    private static boolean allFinite(double[] values) {
        // An infinity or NaN times zero is NaN, and stays so in the sum.
        double sum = 0;
        for (double value : values) {
            sum += value * 0;
        }
        return sum == 0;
    }
}
