/*-------------------------------------------------------------------------
 *
 * replay.c
 *		  Gives files to the fuzz target, without libFuzzer.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/fuzz/replay.c
 *-------------------------------------------------------------------------
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Inputs are small; more of a file is not read. */
#define MAX_INPUT (1024 * 1024)

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	uint8_t    *input = malloc(MAX_INPUT);

	if (input == NULL)
		return EXIT_FAILURE;
	for (int i = 1; i < argc; i++)
	{
		FILE	   *file = fopen(argv[i], "rb");
		size_t		len;

		if (file == NULL)
		{
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		len = fread(input, 1, MAX_INPUT, file);
		fclose(file);
		puts(argv[i]);			/* the last one is to blame if this ends */
		fflush(stdout);
		LLVMFuzzerTestOneInput(input, len);
	}
	free(input);
	return EXIT_SUCCESS;
}
