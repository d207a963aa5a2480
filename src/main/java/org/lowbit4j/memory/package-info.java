/** In-place access to the memory of ND4J arrays of data type FLOAT, DOUBLE and HALF. */
package org.lowbit4j.memory;
