/**
 * Steps on a GPU: the kernels of {@code nd4j-ops} through CUDA's driver. Nothing here needs a CUDA
 * toolkit; {@link org.lowbit4j.cuda.Nd4jCuda} alone knows ND4J's CUDA backend.
 */
package org.lowbit4j.cuda;
