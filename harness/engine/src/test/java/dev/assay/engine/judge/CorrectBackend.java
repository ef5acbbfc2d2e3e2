package dev.assay.engine.judge;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBackend;
import dev.assay.backend.Support;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/// Answers with the reference, rounded once, and then does to its arguments what a test asks for.
public class CorrectBackend extends HostBackend {
    private final Operator operator;
    private final ComputeContract contract;
    private final Spoiler spoiler;
    private int runs;

    /// What is done after a right run.
    public interface Spoiler {
        /// Changes what a run has left.
        ///
        /// @param run number of the run, from 0
        void spoil(Arguments arguments, int run);
    }

    public CorrectBackend(Operator operator) {
        this(operator, ComputeContract.STRICT, (arguments, run) -> {});
    }

    CorrectBackend(Operator operator, ComputeContract contract, Spoiler spoiler) {
        super(DeviceInfo.named("test"));
        this.operator = operator;
        this.contract = contract;
        this.spoiler = spoiler;
    }

    @Override
    public ComputeContract contract(Call call) {
        return contract;
    }

    @Override
    public Support supports(Call call) {
        return Support.yes();
    }

    @Override
    protected void run(Call call, Arguments arguments) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            arguments.inputs().forEach((name, argument) -> inputs.put(name, copy(argument, arena)));
            Oracle oracle = operator.oracle(call, new Inputs(inputs), contract);
            for (int position = 0; position < call.outputs().size(); position++) {
                Operand operand = call.outputs().get(position);
                if (operand.spec().isPresent()) {
                    write(oracle, position, arguments.output(operand.name()).tensor());
                }
            }
        }
        spoiler.spoil(arguments, runs++);
    }

    private static Tensor copy(Argument argument, Arena arena) {
        Tensor copy = Tensor.allocate(argument.spec(), arena);
        MemorySegment.copy(
                argument.memory(), 0, copy.memory(), 0, argument.memory().byteSize());
        return copy;
    }

    private static void write(Oracle oracle, int position, Tensor output) {
        Observed nothing = other -> {
            throw new IllegalStateException("no output to look at");
        };
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(position)) {
            block.reset(region);
            oracle.expect(position, region, nothing, block);
            for (int i = 0; i < block.elements(); i++) {
                double value = rounded(output.dtype(), block.values()[i], block.lows()[i]);
                output.set(region.number(output.shape(), i), value);
            }
        }
    }

    /// `high + low` rounded once: what is below the double decides where the double looks like a tie.
    static double rounded(DType dtype, double high, double low) {
        boolean tie = low != 0 && dtype != DType.F64 && (Double.doubleToRawLongBits(high) & 1) == 0;
        return dtype.round(!tie ? high : low > 0 ? Math.nextUp(high) : Math.nextDown(high));
    }
}
