/** Arrays whose memory is a scratch file: what is not in use need not be in memory. */
package org.lowbit4j.paging;
