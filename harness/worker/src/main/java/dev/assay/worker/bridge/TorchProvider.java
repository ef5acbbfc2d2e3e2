package dev.assay.worker.bridge;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.worker.remote.RemoteBackend;
import java.util.List;

/// Devices of PyTorch, through the worker `assay_worker.py`.
public final class TorchProvider implements BackendProvider {
    private static final String PYTHON = "python";

    @Override
    public String id() {
        return "torch";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                BackendOption.required(
                        "device", "as PyTorch names it: cpu, cuda:0, npu:0, sdaa:0, mlu:0, musa:0, xpu:0"),
                BackendOption.text("threads", "threads that PyTorch may use on the host", ""),
                BackendOption.local(PYTHON, "the Python to use; default: the first that has torch", ""));
    }

    @Override
    public boolean isolates() {
        return true;
    }

    @Override
    public Backend open(BackendOptions options) {
        String worker = Python.worker().toString();
        String python = Python.with("torch", options.get(PYTHON, ""));
        return RemoteBackend.open(List.of(python, worker, "torch"), Python.environment(), options.without(PYTHON));
    }
}
