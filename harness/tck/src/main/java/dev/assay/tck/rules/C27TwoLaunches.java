package dev.assay.tck.rules;

import dev.assay.backend.Kernel;
import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tensor.Tensor;
import java.util.Map;

/// Launches of one kernel.
final class C27TwoLaunches extends RunRule {
    C27TwoLaunches() {
        super(
                "C27",
                "launches of one kernel that are bound to different buffers do not mix them up",
                "`bind()` is cheap so that a kernel can serve every layer of a model",
                "two launches of one kernel, bound to other buffers with other values, are run, the second one first");
    }

    @Override
    Outcome look(Candidate candidate) {
        return candidate.each((backend, example) -> {
            Map<String, Tensor> others = example.inputs(1);
            String fix = "keep the arguments in the launch, not in the kernel";
            try (Kernel kernel = backend.prepare(example.call());
                    Rig first = Rig.bind(backend, kernel, example, example.inputs(0));
                    Rig second = Rig.bind(backend, kernel, example, others)) {
                first.arm(Garbage.NAN, Garbage.ZERO);
                second.arm(Garbage.NAN, Garbage.ZERO);
                second.launch().run();
                candidate.mustBeRight(backend, example, first.run(), "with another launch of the same kernel", fix);
                return example.wrong(backend.contract(example.call()), others, second.outputs())
                        .map(what -> Found.violation(
                                "with another launch of the same kernel, the result of the second is wrong: " + what,
                                example.id(),
                                fix));
            }
        });
    }
}
