"""PyTorch's side of TorchRatios: reads "NAME RUNS" lines, answers with the times in nanoseconds. Outputs are there before."""
import sys
import time

import torch
import torch.nn.functional as functional

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)

a, b, product = torch.randn(1024, 1024), torch.randn(1024, 1024), torch.empty(1024, 1024)
x, y = torch.randn(512, 4096), torch.empty(512, 4096)
weight, bias = torch.randn(4096), torch.randn(4096)
q, k, v = (torch.randn(1, 8, 512, 64) for _ in range(3))
scores, heads = torch.empty(1, 8, 512, 512), torch.empty(1, 8, 512, 64)
square, mean = torch.empty(512, 4096), torch.empty(512, 1)


def rms_normalization():
    torch.mul(x, x, out=square)
    torch.mean(square, -1, keepdim=True, out=mean)
    mean.add_(1e-5).rsqrt_()
    torch.mul(x, mean, out=y)
    y.mul_(weight)


def attention():
    torch.matmul(q, k.transpose(-1, -2), out=scores)
    scores.mul_(0.125)
    torch._softmax(scores, -1, False, out=scores)
    torch.matmul(scores, v, out=heads)


RIVALS = {
    "matmul": lambda: torch.matmul(a, b, out=product),
    "softmax": lambda: torch._softmax(x, -1, False, out=y),
    "layer_normalization": lambda: functional.layer_norm(x, (4096,), weight, bias),
    "rms_normalization": rms_normalization,
    "attention": attention,
    "gelu": lambda: torch._C._nn.gelu(x, out=y),
}

print("torch", torch.__version__, "threads", torch.get_num_threads(), flush=True)
for line in sys.stdin:
    name, runs = line.split()
    times = []
    for _ in range(int(runs)):
        start = time.perf_counter_ns()
        RIVALS[name]()
        times.append(time.perf_counter_ns() - start)
    print(*times, flush=True)
