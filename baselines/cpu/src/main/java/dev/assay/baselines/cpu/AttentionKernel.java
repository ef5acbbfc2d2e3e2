package dev.assay.baselines.cpu;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.baselines.cpu.AttentionSizes.Heads;
import dev.assay.baselines.cpu.AttentionSizes.Stage;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `attention`: both products by BLAS, what lies between them row by row in f64.
///
/// A task is a block of queries that share their keys. Its scores fit into a core's cache, so each thread works on
/// a block of its own, with BLAS on that thread alone. Masked keys are left out by choice, not by multiplication:
/// where a product comes out as NaN or infinity, the row is summed again over the keys that it sees.
final class AttentionKernel implements Kernel {
    /// Scores of a block, which together with the keys stay in a cache of 1 or 2 MB.
    private static final int SCORES_PER_BLOCK = 1 << 17;

    private static final int FEWEST_ROWS = 32;
    private static final int MOST_ROWS = 256;

    private final Workers workers;
    private final Scratch scratch = new Scratch();
    private final AttentionSizes sizes;
    private final DType dtype;
    private final boolean wholeRows;
    /// Query heads whose rows follow each other in memory, so that they are one matrix.
    private final int headsPerUnit;

    private final int rowsPerBlock;
    private final Lane[] lanes;
    private final boolean queriesInPlace;
    private final boolean resultInPlace;
    private final Optional<Tensor> keyCopy;
    private final Optional<Tensor> valueCopy;

    AttentionKernel(Call call, Workers workers) {
        this.workers = workers;
        this.sizes = AttentionSizes.of(call);
        this.wholeRows = call.hasOutput("qk_matmul_output");
        boolean wide = List.of("Q", "K", "V").stream()
                .anyMatch(name -> call.input(name).dtype() == DType.F64);
        this.dtype = wide ? DType.F64 : DType.F32;
        TensorSpec q = call.input("Q");
        TensorSpec y = call.output("Y");
        Heads queries = Heads.of(q, sizes.size());
        Heads result = Heads.of(y, sizes.valueSize());
        this.queriesInPlace = q.dtype() == dtype && fits(sizes.size(), queries);
        this.resultInPlace = y.dtype() == dtype && fits(sizes.valueSize(), result);
        boolean oneMatrix =
                (!queriesInPlace || followEachOther(queries)) && (!resultInPlace || followEachOther(result));
        this.headsPerUnit = oneMatrix ? sizes.headsPerGroup() : 1;
        this.rowsPerBlock = rowsPerBlock();
        this.lanes = new Lane[workers.count()];
        Arrays.setAll(lanes, worker -> new Lane());
        this.keyCopy = copy(call, "K", "past_key", "present_key", sizes.size());
        this.valueCopy = copy(call, "V", "past_value", "present_value", sizes.valueSize());
    }

    private long rowStep(Heads heads) {
        return sizes.queries() == 1 ? heads.headStride() : heads.rowStride();
    }

    private boolean fits(int columns, Heads heads) {
        return heads.columnStride() == 1
                && Product.fits(2, columns, Math.max(1, rowStep(heads)), 1)
                && rowStep(heads) > 0;
    }

    private boolean followEachOther(Heads heads) {
        return sizes.queries() == 1 || heads.headStride() == sizes.queries() * heads.rowStride();
    }

    private int unitsPerBatch() {
        return sizes.heads() / headsPerUnit;
    }

    private int rowsPerUnit() {
        return headsPerUnit * sizes.queries();
    }

    private int rowsPerBlock() {
        int cached = Math.clamp(SCORES_PER_BLOCK / Math.max(1, sizes.keys()), FEWEST_ROWS, MOST_ROWS);
        long all = (long) sizes.batches() * unitsPerBatch() * rowsPerUnit();
        int shared = Math.max(FEWEST_ROWS, (int) Math.min(MOST_ROWS, Math.ceilDiv(all, 2L * workers.count())));
        return Math.max(1, Math.min(rowsPerUnit(), Math.min(cached, shared)));
    }

    /// Room for keys or values that cannot be used where they lie, neither in the input nor in the output that
    /// repeats them.
    private Optional<Tensor> copy(Call call, String name, String past, String present, int columns) {
        TensorSpec spec = call.input(name);
        boolean inPlace = spec.dtype() == dtype && isMatrix(spec, columns) && !call.hasInput(past);
        boolean inPresent = call.hasOutput(present)
                && call.output(present).dtype() == dtype
                && isMatrix(call.output(present), columns);
        return inPlace || inPresent
                ? Optional.empty()
                : Optional.of(scratch.allocate(dtype, sizes.batches(), sizes.groups(), sizes.keys(), columns));
    }

    private static boolean isMatrix(TensorSpec spec, int columns) {
        Heads heads = Heads.of(spec, columns);
        return heads.columnStride() == 1 && heads.rowStride() >= columns && heads.rowStride() <= Integer.MAX_VALUE;
    }

    /// What one thread needs for a block.
    private final class Lane {
        final Tensor scores = scratch.allocate(dtype, rowsPerBlock, sizes.keys());
        final Tensor queries = scratch.allocate(dtype, queriesInPlace ? 0 : rowsPerBlock, sizes.size());
        final Tensor result = scratch.allocate(dtype, resultInPlace ? 0 : rowsPerBlock, sizes.valueSize());
        final double[] row = new double[sizes.keys()];
        final double[] bias = new double[sizes.mask().isPresent() ? sizes.keys() : 0];
        final double[] query = new double[sizes.size()];
        final double[] output = new double[sizes.valueSize()];
        final double[] value = new double[sizes.valueSize()];
    }

    /// Keys or values, past ones before the call's own.
    private final class Joined {
        final Optional<Tensor> past;
        final Optional<Heads> pastHeads;
        final Tensor now;
        final Heads nowHeads;
        final Optional<Tensor> present;
        final Optional<Tensor> copy;
        final int columns;

        Joined(
                Arguments arguments,
                String name,
                String pastName,
                String presentName,
                int columns,
                Optional<Tensor> copy) {
            this.past = tensor(arguments.inputs().get(pastName));
            this.pastHeads = past.map(tensor -> Heads.of(tensor.spec(), columns));
            this.now = arguments.input(name).tensor();
            this.nowHeads = Heads.of(now.spec(), columns);
            this.present = tensor(arguments.outputs().get(presentName));
            this.columns = columns;
            this.copy = copy;
        }

        /// Where products read.
        Tensor operand() {
            return copy.orElseGet(() -> past.isPresent() || !inPlace() ? present.orElse(now) : now);
        }

        private boolean inPlace() {
            return now.dtype() == dtype && isMatrix(now.spec(), columns);
        }

        Heads operandHeads() {
            return copy.isPresent()
                    ? Heads.dense(sizes.groups(), sizes.keys(), columns)
                    : Heads.of(operand().spec(), columns);
        }

        /// Fills the output and the copy, as far as there are any.
        void prepare() {
            if (present.isEmpty() && copy.isEmpty()) {
                return;
            }
            int heads = sizes.batches() * sizes.groups();
            workers.forEach(heads, (worker, number) -> {
                double[] line = new double[columns];
                int batch = number / sizes.groups();
                int head = number % sizes.groups();
                for (int key = 0; key < sizes.keys(); key++) {
                    boolean old = key < sizes.pastKeys();
                    Tensor from = old ? past.orElse(now) : now;
                    Heads at = old ? pastHeads.orElse(nowHeads) : nowHeads;
                    long position = at.position(batch, head, old ? key : key - sizes.pastKeys());
                    if (present.isPresent()) {
                        copyCodes(from, position, at.columnStride(), present.get(), batch, head, key);
                    }
                    if (copy.isPresent()) {
                        from.decodeRun(position, at.columnStride(), columns, line, 0);
                        copy.get().encode(((long) number * sizes.keys() + key) * columns, columns, line, 0);
                    }
                }
            });
        }

        /// Bit for bit: a NaN keeps its payload.
        private void copyCodes(Tensor from, long position, long step, Tensor into, int batch, int head, int key) {
            Heads at = Heads.of(into.spec(), columns);
            long target = at.position(batch, head, key);
            int bytes = from.dtype().bits() / 8;
            if (step == 1 && at.columnStride() == 1) {
                MemorySegment.copy(
                        from.memory(), position * bytes, into.memory(), target * bytes, (long) columns * bytes);
                return;
            }
            for (int c = 0; c < columns; c++) {
                into.setCodeAt(target + c * at.columnStride(), from.codeAt(position + c * step));
            }
        }
    }

    private static Optional<Tensor> tensor(@Nullable Argument argument) {
        return Optional.ofNullable(argument).map(Argument::tensor);
    }

    @Override
    public Launch bind(Arguments arguments) {
        Run run = new Run(arguments);
        int blocks = Math.ceilDiv(rowsPerUnit(), rowsPerBlock);
        int tasks = rowsPerUnit() == 0 ? 0 : Math.multiplyExact(sizes.batches() * unitsPerBatch(), blocks);
        return () -> {
            run.keys.prepare();
            run.values.prepare();
            Nd4jRuntime.useThreads(1);
            workers.forEach(
                    tasks, (worker, task) -> run.new Block(lanes[worker], task / blocks, task % blocks).compute());
        };
    }

    /// The kernel on some buffers.
    private final class Run {
        final Tensor q;
        final Heads queryHeads;
        final Joined keys;
        final Joined values;
        final Tensor keyOperand;
        final Heads keyHeads;
        final Tensor valueOperand;
        final Heads valueHeads;
        final Optional<Tensor> mask;
        final Tensor y;
        final Heads resultHeads;
        final Optional<Tensor> shown;

        Run(Arguments arguments) {
            this.q = arguments.input("Q").tensor();
            this.queryHeads = Heads.of(q.spec(), sizes.size());
            this.keys = new Joined(arguments, "K", "past_key", "present_key", sizes.size(), keyCopy);
            this.values = new Joined(arguments, "V", "past_value", "present_value", sizes.valueSize(), valueCopy);
            this.keyOperand = keys.operand();
            this.keyHeads = keys.operandHeads();
            this.valueOperand = values.operand();
            this.valueHeads = values.operandHeads();
            this.mask = tensor(arguments.inputs().get("attn_mask"));
            this.y = arguments.output("Y").tensor();
            this.resultHeads = Heads.of(y.spec(), sizes.valueSize());
            this.shown = tensor(arguments.outputs().get("qk_matmul_output"));
        }

        /// Some rows of one unit.
        final class Block {
            private final Lane lane;
            private final int batch;
            private final int firstHead;
            private final int group;
            private final int firstRow;
            private final int rows;
            private final int width;

            Block(Lane lane, int unit, int block) {
                this.lane = lane;
                this.batch = unit / unitsPerBatch();
                this.firstHead = unit % unitsPerBatch() * headsPerUnit;
                this.group = firstHead / sizes.headsPerGroup();
                this.firstRow = block * rowsPerBlock;
                this.rows = Math.min(rowsPerBlock, rowsPerUnit() - firstRow);
                this.width = width();
            }

            private int head(int row) {
                return firstHead + (firstRow + row) / sizes.queries();
            }

            private int query(int row) {
                return (firstRow + row) % sizes.queries();
            }

            /// Keys that any row sees; all of them where scores are an output.
            private int width() {
                int widest = wholeRows ? sizes.keys() : 0;
                for (int row = 0; row < rows; row++) {
                    widest = Math.max(widest, sizes.visibleKeys(batch, query(row)));
                }
                return widest;
            }

            void compute() {
                if (width > 0) {
                    multiplyKeys();
                }
                for (int row = 0; row < rows; row++) {
                    softmax(row);
                }
                if (width > 0 && sizes.valueSize() > 0) {
                    multiplyValues();
                }
                for (int row = 0; row < rows; row++) {
                    finish(row);
                }
            }

            private void multiplyKeys() {
                Product.Strided left = queriesInPlace
                        ? at(q, queryHeads)
                        : Product.Strided.matrix(lane.queries.memory(), 0, sizes.size(), 1);
                if (!queriesInPlace) {
                    for (int row = 0; row < rows; row++) {
                        long from = queryHeads.position(batch, head(row), query(row));
                        q.decodeRun(from, queryHeads.columnStride(), sizes.size(), lane.query, 0);
                        lane.queries.encode((long) row * sizes.size(), sizes.size(), lane.query, 0);
                    }
                }
                Product.Strided right = Product.Strided.matrix(
                        keyOperand.memory(), keyHeads.position(batch, group, 0), 1, keyHeads.rowStride());
                Product.of(dtype, List.of(), rows, width, sizes.size(), left, right, scores())
                        .run();
            }

            private void multiplyValues() {
                Product.Strided right = Product.Strided.matrix(
                        valueOperand.memory(), valueHeads.position(batch, group, 0), valueHeads.rowStride(), 1);
                Product.Strided into = resultInPlace
                        ? at(y, resultHeads)
                        : Product.Strided.matrix(lane.result.memory(), 0, sizes.valueSize(), 1);
                Product.of(dtype, List.of(), rows, sizes.valueSize(), width, scores(), right, into)
                        .run();
            }

            private Product.Strided at(Tensor tensor, Heads heads) {
                return Product.Strided.matrix(
                        tensor.memory(), heads.position(batch, head(0), query(0)), rowStep(heads), 1);
            }

            private Product.Strided scores() {
                return Product.Strided.matrix(lane.scores.memory(), 0, width, 1);
            }

            /// Turns a row of products into probabilities, where they lie.
            private void softmax(int row) {
                double[] s = lane.row;
                int visible = sizes.visibleKeys(batch, query(row));
                lane.scores.decode((long) row * width, width, s, 0);
                scale(s, width, sizes.scale());
                show(Stage.SCORES, row);
                if (sizes.cap() > 0) {
                    cap(s, width, sizes.cap());
                }
                show(Stage.CAPPED, row);
                readMask(row, visible);
                addBias(s, lane.bias, visible);
                Arrays.fill(s, visible, width, Double.NEGATIVE_INFINITY);
                show(Stage.BIASED, row);
                probabilities(s, lane.bias, visible);
                Arrays.fill(s, visible, width, 0);
                show(Stage.PROBABILITIES, row);
                lane.scores.encode((long) row * width, width, s, 0);
            }

            private void show(Stage stage, int row) {
                if (stage == sizes.stage() && shown.isPresent()) {
                    long number = ((long) batch * sizes.heads() + head(row)) * sizes.queries() + query(row);
                    shown.get().encode(number * sizes.keys(), sizes.keys(), lane.row, 0);
                }
            }

            private void readMask(int row, int visible) {
                if (mask.isEmpty()) {
                    return;
                }
                Tensor tensor = mask.get();
                long number = sizes.maskRow(tensor.shape(), batch, head(row), query(row));
                tensor.decode(number * tensor.shape().dim(-1), visible, lane.bias, 0);
                if (tensor.dtype() == DType.BOOL) {
                    for (int key = 0; key < visible; key++) {
                        lane.bias[key] = lane.bias[key] != 0 ? 0 : Double.NEGATIVE_INFINITY;
                    }
                }
            }

            /// Rounds a row of the result to the output, where it is not there already.
            private void finish(int row) {
                double[] o = lane.output;
                int head = head(row);
                int query = query(row);
                if (width == 0) {
                    Arrays.fill(o, 0);
                } else if (resultInPlace) {
                    y.decodeRun(resultHeads.position(batch, head, query), 1, o.length, o, 0);
                } else {
                    lane.result.decode((long) row * o.length, o.length, o, 0);
                }
                boolean finite = allFinite(o);
                if (!finite) {
                    sumVisible(row);
                }
                if (!finite || !resultInPlace || width == 0) {
                    long number = sizes.flat()
                            ? ((long) batch * sizes.queries() + query) * sizes.heads() + head
                            : ((long) batch * sizes.heads() + head) * sizes.queries() + query;
                    y.encode(number * o.length, o.length, o, 0);
                }
            }

            private void sumVisible(int row) {
                int visible = sizes.visibleKeys(batch, query(row));
                lane.scores.decode((long) row * width, width, lane.row, 0);
                readMask(row, visible);
                Arrays.fill(lane.output, 0);
                for (int key = 0; key < visible; key++) {
                    if (lane.bias.length == 0 || lane.bias[key] != Double.NEGATIVE_INFINITY) {
                        long position = valueHeads.position(batch, group, key);
                        valueOperand.decodeRun(position, 1, lane.value.length, lane.value, 0);
                        for (int c = 0; c < lane.value.length; c++) {
                            lane.output[c] += lane.row[key] * lane.value[c];
                        }
                    }
                }
            }
        }
    }

    // One loop to a method, so that each is compiled by itself.

    private static void scale(double[] s, int count, double factor) {
        for (int i = 0; i < count; i++) {
            s[i] *= factor;
        }
    }

    private static void cap(double[] s, int count, double cap) {
        for (int i = 0; i < count; i++) {
            s[i] = cap * Math.tanh(s[i] / cap);
        }
    }

    /// A bias of minus infinity wins even over NaN.
    private static void addBias(double[] s, double[] bias, int count) {
        for (int i = 0; i < Math.min(count, bias.length); i++) {
            s[i] = bias[i] == Double.NEGATIVE_INFINITY ? bias[i] : s[i] + bias[i];
        }
    }

    /// @param bias empty where there is no mask
    private static void probabilities(double[] s, double[] bias, int count) {
        double max = max(s, count);
        if (max == Double.NEGATIVE_INFINITY && nothingVisible(bias, count)) {
            Arrays.fill(s, 0, count, 0);
            return;
        }
        scale(s, count, 1 / exponentials(s, count, max));
    }

    private static double max(double[] s, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, s[i]);
        }
        return max;
    }

    private static boolean nothingVisible(double[] bias, int count) {
        if (bias.length == 0) {
            return count == 0;
        }
        for (int i = 0; i < count; i++) {
            if (bias[i] != Double.NEGATIVE_INFINITY) {
                return false;
            }
        }
        return true;
    }

    private static double exponentials(double[] s, int count, double max) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
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

    @Override
    public void close() {
        scratch.close();
    }
}
