import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that need a process of their own come first: those that share one can then go on in it to the end. */
export class OwnFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const shares = (file: TestSpecification) => Number(file.project.config.isolate === false);
    return sorted.sort((one, other) => shares(one) - shares(other));
  }
}
