package dev.assay.engine.run;

import dev.assay.HarnessException;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ForwardingBackend;
import dev.assay.backend.Support;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A backend that is held to what it said first.
///
/// A bound follows from the contract, so a contract that is not one, or that changes with every asking, would let a
/// backend choose its bound after it has computed. It is a broken plugin, and a row with the verdict `error`.
final class DeclaredBackend extends ForwardingBackend {
    private final Map<Call, ComputeContract> contracts = new HashMap<>();
    private final Map<Call, Support> answers = new HashMap<>();

    DeclaredBackend(Backend backend) {
        super(backend);
    }

    /// Throws [HarnessException] for a contract outside the schema, and for one that differs from the one declared
    /// for the same call before.
    @Override
    public ComputeContract contract(Call call) {
        ComputeContract declared = backend.contract(call);
        if (isNull(declared)) {
            throw broken("contract() answered null", call, "answer ComputeContract.STRICT, or what differs from it");
        }
        List<String> problems = declared.problems();
        if (!problems.isEmpty()) {
            throw broken(
                    "the contract is none: " + String.join("; ", problems),
                    call,
                    "declare a value that docs/contract.md allows");
        }
        ComputeContract before = contracts.putIfAbsent(call, declared);
        if (before != null && !before.equals(declared)) {
            throw broken(
                    "contract() answered '" + before + "' and later '" + declared + "'",
                    call,
                    "let the contract depend on the call alone");
        }
        return declared;
    }

    /// Throws [HarnessException] for an answer that is none, and for one that differs from an earlier one.
    @Override
    public Support supports(Call call) {
        Support answer = backend.supports(call);
        if (isNull(answer)) {
            throw broken("supports() answered null", call, "answer yes, or no with the reason");
        }
        if (answer instanceof Support.No(String reason) && (isNull(reason) || reason.isBlank())) {
            throw broken("the backend refused the call without a reason", call, "say what is not supported");
        }
        Support before = answers.putIfAbsent(call, answer);
        if (before != null && !before.getClass().equals(answer.getClass())) {
            throw broken(
                    "supports() answered " + word(before) + " and later " + word(answer),
                    call,
                    "let support depend on the call alone");
        }
        return answer;
    }

    /// Asks once more for everything that was declared.
    void confirm() {
        List.copyOf(answers.keySet()).forEach(this::supports);
        List.copyOf(contracts.keySet()).forEach(this::contract);
    }

    private static String word(Support answer) {
        return answer instanceof Support.No(String reason) ? "no (" + reason + ")" : "yes";
    }

    private static boolean isNull(@Nullable Object answer) {
        return answer == null;
    }

    private static HarnessException broken(String what, Call call, String fix) {
        return new HarnessException(what, call.toString(), fix);
    }

    /// Leaves the backend open: it is not this object's.
    @Override
    public void close() {}
}
