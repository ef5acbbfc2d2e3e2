package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The loop over pages does not know how many keys of the last one are in use.
final class PageSlackRead extends Fault {
    PageSlackRead() {
        super(
                "page-slack-read",
                "A22",
                List.of("bound", "special"),
                List.of("mask", "special-values"),
                "the last page is read to its end",
                "paged_attention",
                "mla_attention");
    }

    @Override
    public Call misread(Call call) {
        String cache = call.operator().equals("mla_attention") ? "ckv_cache" : "k_cache";
        boolean headsFirst =
                cache.equals("k_cache") && call.attributes().text("layout").equals("hnd");
        long page = call.input(cache).shape().dim(headsFirst ? 2 : 1);
        return Calls.constant(
                call,
                "kv_seq_lens",
                call.constants().getOrDefault("kv_seq_lens", List.of()).stream()
                        .map(length -> (length + page - 1) / page * page)
                        .toList());
    }
}
